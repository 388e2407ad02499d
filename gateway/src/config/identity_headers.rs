//! The names of the identity headers: a preset, with single names replaced.

use super::{AssertionSwitch, HeaderPreset, IdentityHeadersConfig};

/// What an identity header carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdentityField {
    /// The user's id.
    UserId,
    /// The user's role or roles.
    Role,
    /// The user's address.
    Email,
    /// The user's display name.
    Name,
    /// The session's id.
    SessionId,
    /// The signed assertion.
    Assertion,
}

impl IdentityField {
    /// Its key in `[identity_headers]`.
    pub fn key(self) -> &'static str {
        match self {
            Self::UserId => "user_id",
            Self::Role => "role",
            Self::Email => "email",
            Self::Name => "name",
            Self::SessionId => "session_id",
            Self::Assertion => "assertion",
        }
    }
}

impl HeaderPreset {
    /// Its names; a preset need not have one for each field.
    fn names(self) -> &'static [(IdentityField, &'static str)] {
        use IdentityField::{Email, Name, Role, SessionId, UserId};
        match self {
            Self::Default => &[
                (UserId, "X-User-Id"),
                (Role, "X-User-Role"),
                (Email, "X-User-Email"),
                (Name, "X-User-Name"),
                (SessionId, "X-Session-Id"),
            ],
            Self::Remote => {
                &[(UserId, "Remote-User"), (Role, "Remote-Groups"), (Email, "Remote-Email"), (Name, "Remote-Name")]
            }
            Self::Forwarded => &[
                (UserId, "X-Forwarded-User"),
                (Role, "X-Forwarded-Groups"),
                (Email, "X-Forwarded-Email"),
                (Name, "X-Forwarded-Preferred-Username"),
            ],
            Self::AuthRequest => &[
                (UserId, "X-Auth-Request-User"),
                (Role, "X-Auth-Request-Groups"),
                (Email, "X-Auth-Request-Email"),
                (Name, "X-Auth-Request-Preferred-Username"),
            ],
        }
    }
}

impl IdentityHeadersConfig {
    /// The headers an upstream receives, in a fixed order: each field that the preset or an own key names.
    pub fn names(&self) -> Vec<(IdentityField, String)> {
        let preset = self.preset.names();
        let own = [
            (IdentityField::UserId, &self.user_id),
            (IdentityField::Role, &self.role),
            (IdentityField::Email, &self.email),
            (IdentityField::Name, &self.name),
            (IdentityField::SessionId, &self.session_id),
        ];
        let named = own.into_iter().filter_map(|(field, own)| {
            let preset = || preset.iter().find(|(other, _)| *other == field).map(|(_, name)| (*name).to_owned());
            own.clone().or_else(preset).map(|name| (field, name))
        });
        let assertion = match &self.assertion {
            AssertionSwitch::Flag(false) => None,
            AssertionSwitch::Flag(true) => Some((IdentityField::Assertion, "X-Auth-Assertion".to_owned())),
            AssertionSwitch::Named(name) => Some((IdentityField::Assertion, name.clone())),
        };
        named.chain(assertion).collect()
    }
}
