//! What roles permit: resource → actions, as in `[admin]`. Pure: knows neither sessions nor the database.
//!
//! A user may have several roles, separated by commas without spaces as in the contract. One of them must allow everything
//! that is asked for; what two roles allow together counts for nothing. Whoever has no role has the default one.

use std::collections::BTreeMap;

use crate::config::{Actions, AdminConfig};

/// The role that may do everything unless `admin.roles` says otherwise.
const ADMIN: &str = "admin";
/// The role that may do nothing of this unless `admin.roles` says otherwise.
const USER: &str = "user";

/// What an admin may do to users. Acting as another admin is not part of it.
const ON_USERS: &[&str] = &[
    "create",
    "list",
    "set-role",
    "ban",
    "impersonate",
    "delete",
    "set-password",
    "set-email",
    "set-phone",
    "get",
    "update",
];
/// What an admin may do to sessions.
const ON_SESSIONS: &[&str] = &["list", "revoke", "delete"];

/// Roles and what they permit, ready to be asked.
#[derive(Debug, Clone)]
pub struct Permissions {
    roles: BTreeMap<String, Actions>,
    default_role: String,
    admin_roles: Vec<String>,
    admin_user_ids: Vec<String>,
}

impl Permissions {
    /// As configured, beside the roles `admin` and `user` that are always there.
    pub fn new(config: &AdminConfig) -> Self {
        let mut roles = BTreeMap::from([(USER.to_owned(), Actions::new()), (ADMIN.to_owned(), everything())]);
        roles.extend(config.admin_roles.iter().map(|role| (role.clone(), everything())));
        roles.extend(config.roles.clone());
        Self {
            roles,
            default_role: config.default_role.clone(),
            admin_roles: config.admin_roles.clone(),
            admin_user_ids: config.admin_user_ids.clone(),
        }
    }

    /// Whether one of these roles, separated by commas, allows all that is wanted. An empty wish, or one without
    /// actions, is never allowed.
    pub fn allow(&self, role: Option<&str>, wanted: &Actions) -> bool {
        !wanted.is_empty() && self.held(role).any(|role| self.roles.get(role).is_some_and(|has| covers(has, wanted)))
    }

    /// The same for a user, who may be one of those that are allowed everything.
    pub fn allow_user(&self, id: &str, role: Option<&str>, wanted: &Actions) -> bool {
        self.is_admin_by_id(id) || self.allow(role, wanted)
    }

    /// Whether the user is an admin, by role or by id.
    pub fn is_admin(&self, id: &str, role: Option<&str>) -> bool {
        self.is_admin_by_id(id) || self.held(role).any(|role| self.admin_roles.iter().any(|admin| admin == role))
    }

    /// The names of all roles.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.roles.keys().map(String::as_str)
    }

    fn is_admin_by_id(&self, id: &str) -> bool {
        self.admin_user_ids.iter().any(|admin| admin == id)
    }

    fn held<'a>(&'a self, role: Option<&'a str>) -> impl Iterator<Item = &'a str> {
        role.filter(|role| !role.is_empty()).unwrap_or(&self.default_role).split(',')
    }
}

/// A wish for one action on one resource.
pub fn one(resource: &str, action: &str) -> Actions {
    Actions::from([(resource.to_owned(), vec![action.to_owned()])])
}

fn everything() -> Actions {
    let all = |actions: &[&str]| actions.iter().map(ToString::to_string).collect();
    Actions::from([("user".to_owned(), all(ON_USERS)), ("session".to_owned(), all(ON_SESSIONS))])
}

fn covers(has: &Actions, wanted: &Actions) -> bool {
    wanted.iter().all(|(resource, actions)| {
        let allowed = has.get(resource).map(Vec::as_slice).unwrap_or_default();
        !actions.is_empty() && actions.iter().all(|action| allowed.contains(action))
    })
}

#[cfg(test)]
mod tests;
