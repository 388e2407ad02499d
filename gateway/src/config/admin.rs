//! `[admin]`: roles, what they permit, bans, acting as another user.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::units::Period;

/// What is allowed: resource → actions.
pub type Actions = BTreeMap<String, Vec<String>>;

/// `[admin]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdminConfig {
    /// Whether users have roles and bans, and the admin API answers.
    pub enabled: bool,
    /// Role of a new user, and of whoever has none.
    pub default_role: String,
    /// Roles that are admins. Those that `roles` does not name may do everything.
    pub admin_roles: Vec<String>,
    /// What each role may do: role → resource → actions.
    pub roles: BTreeMap<String, Actions>,
    /// Ids of users who may do everything, whatever their role.
    pub admin_user_ids: Vec<String>,
    /// Addresses whose owners become admins once they have proved them.
    pub admin_emails: Vec<String>,
    /// Whether users can be given roles that nothing names.
    pub allow_unknown_roles: bool,
    /// How long an admin can act as another user.
    pub impersonation_session_duration: Period,
    /// Whether admins can act as other admins.
    pub allow_impersonating_admins: bool,
    /// Reason of a ban that is given none.
    pub default_ban_reason: String,
    /// How long a ban lasts that is given no end; nothing: for good.
    pub default_ban_expires_in: Option<Period>,
    /// What banned users read when they try to sign in; empty: the usual words.
    pub banned_user_message: String,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            default_role: "user".into(),
            admin_roles: vec!["admin".into()],
            roles: BTreeMap::new(),
            admin_user_ids: Vec::new(),
            admin_emails: Vec::new(),
            allow_unknown_roles: false,
            impersonation_session_duration: Period::hours(1),
            allow_impersonating_admins: false,
            default_ban_reason: "No reason".into(),
            default_ban_expires_in: None,
            banned_user_message: String::new(),
        }
    }
}
