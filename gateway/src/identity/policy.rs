//! Who may use a route. Pure: it judges facts that others have established and knows neither sessions nor HTTP.

use std::fmt;

use crate::config::Access;

/// What a route asks of its user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Who may use it at all.
    pub access: Access,
    /// Roles of which the user must have one; empty: any.
    pub roles: Vec<String>,
    /// The user's address must be verified.
    pub verified: bool,
    /// The session must be fresh.
    pub fresh: bool,
}

/// What is known of a signed-in user.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The user's roles, separated by commas.
    pub role: Option<&'a str>,
    /// Whether the address is verified.
    pub verified: bool,
    /// Whether the session is fresh.
    pub fresh: bool,
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
    /// The address is not verified.
    Unverified,
    /// The sign-in is too long ago.
    NotFresh,
}

impl Policy {
    /// Whether somebody must be signed in. Roles, verification and freshness imply it whatever `access` says.
    pub fn needs_user(&self) -> bool {
        self.access == Access::User || !self.roles.is_empty() || self.verified || self.fresh
    }

    /// Whether the identity matters at all, so that it has to be looked up.
    pub fn wants_identity(&self) -> bool {
        self.access != Access::Public || self.needs_user()
    }

    /// Judges a request of this user, or of nobody.
    pub fn judge(&self, facts: Option<Facts<'_>>) -> Judgement {
        if !self.needs_user() {
            return Judgement::Allow;
        }
        let Some(facts) = facts else { return Judgement::SignIn };
        if !self.admits_role(facts.role) {
            return Judgement::Forbidden(Why::Role(self.roles.clone()));
        }
        if self.verified && !facts.verified {
            return Judgement::Forbidden(Why::Unverified);
        }
        if self.fresh && !facts.fresh {
            return Judgement::Forbidden(Why::NotFresh);
        }
        Judgement::Allow
    }

    /// The one of the two that admits nobody whom the other would not; `None` when neither does.
    pub fn strictest<'a>(&'a self, other: &'a Self) -> Option<&'a Self> {
        match (self.covers(other), other.covers(self)) {
            (true, _) => Some(self),
            (false, true) => Some(other),
            (false, false) => None,
        }
    }

    fn admits_role(&self, role: Option<&str>) -> bool {
        let held = role.unwrap_or_default();
        self.roles.is_empty()
            || held.split(',').map(str::trim).any(|held| self.roles.iter().any(|needed| needed == held))
    }

    /// Whether this is at least as strict as the other in every respect.
    fn covers(&self, other: &Self) -> bool {
        self.rank() >= other.rank()
            && (other.roles.is_empty()
                || (!self.roles.is_empty() && self.roles.iter().all(|role| other.roles.contains(role))))
            && self.verified >= other.verified
            && self.fresh >= other.fresh
    }

    fn rank(&self) -> Access {
        if self.needs_user() { Access::User } else { self.access }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(roles) => match roles.as_slice() {
                [role] => write!(f, "This needs the role \"{role}\"."),
                roles => write!(f, "This needs one of the roles \"{}\".", roles.join("\", \"")),
            },
            Self::Unverified => f.write_str("This needs a verified e-mail address."),
            Self::NotFresh => f.write_str("This needs a recent sign-in. Sign in again to go on."),
        }
    }
}

#[cfg(test)]
mod tests;
