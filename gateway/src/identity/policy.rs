//! Who may use a route. Pure: it judges facts that others have established and knows neither sessions nor HTTP.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

use super::permissions::Permissions;
use crate::config::{Access, Actions, Period};

/// What a route asks of its user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Who may use it at all.
    pub access: Access,
    /// Roles of which the user must have one; empty: any.
    pub roles: Vec<String>,
    /// Roles of which the user must have none.
    pub not_roles: Vec<String>,
    /// What one of the user's roles must permit; empty: nothing.
    pub permissions: Actions,
    /// The user's address must be verified.
    pub verified: bool,
    /// The session must have begun so lately; zero: somebody must be signed in, for however long.
    pub fresh: Option<TimeDelta>,
    /// Our JWTs are taken as bearer.
    pub jwt: bool,
}

/// What is known of a signed-in user.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The user's id.
    pub user_id: &'a str,
    /// The user's roles, separated by commas.
    pub role: Option<&'a str>,
    /// Whether the address is verified.
    pub verified: bool,
    /// How long ago the session began.
    pub age: TimeDelta,
}

impl<'a> Facts<'a> {
    /// Of a user whose session began at `began`.
    pub fn new(
        user_id: &'a str,
        role: Option<&'a str>,
        verified: bool,
        began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Self {
        Self { user_id, role, verified, age: now - began }
    }

    fn roles(&self) -> impl Iterator<Item = &'a str> {
        self.role.unwrap_or_default().split(',').map(str::trim)
    }
}

/// One thing that a policy asks of who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'p> {
    /// One of these roles.
    Roles(&'p [String]),
    /// None of these roles.
    NotRoles(&'p [String]),
    /// A role that permits all this.
    Permissions(&'p Actions),
    /// A verified address.
    Verified,
    /// A session that began so lately.
    Fresh(TimeDelta),
}

/// The outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// Go on.
    Allow,
    /// Nobody is signed in, and somebody must be.
    SignIn,
    /// Somebody is signed in who may not.
    Forbidden(Why),
}

/// Why a signed-in user is not let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// One of these roles is needed.
    Role(Vec<String>),
    /// The user has one of these roles.
    NotRole(Vec<String>),
    /// No role of the user permits this.
    Permission(Actions),
    /// The address is not verified.
    Unverified,
    /// The sign-in is too long ago.
    NotFresh,
}

impl Policy {
    /// Whether somebody must be signed in. Any condition implies it whatever `access` says.
    pub fn needs_user(&self) -> bool {
        self.access == Access::User || self.conditions().next().is_some()
    }

    /// Whether the identity matters at all, so that it has to be looked up.
    pub fn wants_identity(&self) -> bool {
        self.access != Access::Public || self.needs_user()
    }

    /// What is asked of who is signed in, in the order in which it is judged.
    pub fn conditions(&self) -> impl Iterator<Item = Condition<'_>> {
        [
            (!self.roles.is_empty()).then_some(Condition::Roles(&self.roles)),
            (!self.not_roles.is_empty()).then_some(Condition::NotRoles(&self.not_roles)),
            (!self.permissions.is_empty()).then_some(Condition::Permissions(&self.permissions)),
            self.verified.then_some(Condition::Verified),
            self.fresh.map(Condition::Fresh),
        ]
        .into_iter()
        .flatten()
    }

    /// Judges a request of this user, or of nobody.
    pub fn judge(&self, facts: Option<Facts<'_>>, permissions: &Permissions) -> Judgement {
        if !self.needs_user() {
            return Judgement::Allow;
        }
        let Some(facts) = facts else { return Judgement::SignIn };
        let failed = self.conditions().find(|condition| !condition.holds(&facts, permissions));
        failed.map_or(Judgement::Allow, |condition| Judgement::Forbidden(condition.why()))
    }

    /// The one of the two that admits nobody whom the other would not; `None` when neither does.
    pub fn strictest<'a>(&'a self, other: &'a Self) -> Option<&'a Self> {
        match (self.covers(other), other.covers(self)) {
            (true, _) => Some(self),
            (false, true) => Some(other),
            (false, false) => None,
        }
    }

    /// Whether this is at least as strict as the other in every respect.
    fn covers(&self, other: &Self) -> bool {
        let among = |few: &[String], many: &[String]| few.iter().all(|role| many.contains(role));
        self.rank() >= other.rank()
            && (other.roles.is_empty() || (!self.roles.is_empty() && among(&self.roles, &other.roles)))
            && among(&other.not_roles, &self.not_roles)
            && wants_all_of(&self.permissions, &other.permissions)
            && self.verified >= other.verified
            && is_as_fresh(self.fresh, other.fresh)
            && self.jwt <= other.jwt
    }

    fn rank(&self) -> Access {
        if self.needs_user() { Access::User } else { self.access }
    }
}

/// Whether a wish for the first contains a wish for the second. A wish without actions is never granted, so that it
/// contains all.
fn wants_all_of(all: &Actions, some: &Actions) -> bool {
    if all.values().any(Vec::is_empty) {
        return true;
    }
    some.iter().all(|(resource, actions)| {
        let wanted = all.get(resource).map(Vec::as_slice).unwrap_or_default();
        !actions.is_empty() && actions.iter().all(|action| wanted.contains(action))
    })
}

fn is_as_fresh(this: Option<TimeDelta>, other: Option<TimeDelta>) -> bool {
    match (this, other) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(_), Some(other)) if other.is_zero() => true,
        (Some(this), Some(other)) => !this.is_zero() && this <= other,
    }
}

impl Condition<'_> {
    /// Whether it holds for this user.
    pub fn holds(&self, facts: &Facts<'_>, permissions: &Permissions) -> bool {
        let has_one_of = |roles: &[String]| facts.roles().any(|held| roles.iter().any(|role| role == held));
        match self {
            Self::Roles(roles) => has_one_of(roles),
            Self::NotRoles(roles) => !has_one_of(roles),
            Self::Permissions(wanted) => permissions.allow_user(facts.user_id, facts.role, wanted),
            Self::Verified => facts.verified,
            Self::Fresh(within) => within.is_zero() || facts.age < *within,
        }
    }

    /// The reason when it does not.
    pub fn why(&self) -> Why {
        match self {
            Self::Roles(roles) => Why::Role(roles.to_vec()),
            Self::NotRoles(roles) => Why::NotRole(roles.to_vec()),
            Self::Permissions(wanted) => Why::Permission((*wanted).clone()),
            Self::Verified => Why::Unverified,
            Self::Fresh(_) => Why::NotFresh,
        }
    }

    /// The key of the route that asks for it.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Roles(_) => "roles",
            Self::NotRoles(_) => "not_roles",
            Self::Permissions(_) => "permissions",
            Self::Verified => "verified",
            Self::Fresh(_) => "fresh",
        }
    }
}

/// What it takes, as in `admin or editor`.
impl fmt::Display for Condition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Roles(roles) => f.write_str(&roles.join(" or ")),
            Self::NotRoles(roles) => write!(f, "not {}", roles.join(", not ")),
            Self::Permissions(wanted) => f.write_str(&listed(wanted)),
            Self::Verified => f.write_str("a verified address"),
            Self::Fresh(within) if within.is_zero() => f.write_str("a session of any age"),
            Self::Fresh(within) => write!(f, "a session younger than {}", length(*within)),
        }
    }
}

/// A length of time as it can be written in the configuration.
pub fn length(time: TimeDelta) -> Period {
    Period(time.to_std().unwrap_or_default())
}

/// `items: read, write; users: list`
pub fn listed(actions: &Actions) -> String {
    let of_one = |(resource, actions): (&String, &Vec<String>)| format!("{resource}: {}", actions.join(", "));
    actions.iter().map(of_one).collect::<Vec<_>>().join("; ")
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(roles) => match roles.as_slice() {
                [role] => write!(f, "This needs the role \"{role}\"."),
                roles => write!(f, "This needs one of the roles \"{}\".", roles.join("\", \"")),
            },
            Self::NotRole(roles) => match roles.as_slice() {
                [role] => write!(f, "This is closed to the role \"{role}\"."),
                roles => write!(f, "This is closed to the roles \"{}\".", roles.join("\", \"")),
            },
            Self::Permission(wanted) => write!(f, "This needs a permission that you do not have ({}).", listed(wanted)),
            Self::Unverified => f.write_str("This needs a verified e-mail address."),
            Self::NotFresh => f.write_str("This needs a recent sign-in. Sign in again to go on."),
        }
    }
}

#[cfg(test)]
mod tests;
