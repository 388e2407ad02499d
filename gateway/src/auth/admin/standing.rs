//! Fields of a user that only admins set, read from an object that may hold whatever else.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    auth::{
        error::Result,
        fields::{self, Fields, Form},
    },
    store::{UserChange, UserRevision},
};

/// The keys of a ban, which take a permission of their own.
const BAN_KEYS: [&str; 3] = ["banned", "banReason", "banExpires"];

/// What an object says of a user; keys that mean nothing here are dropped.
pub(super) struct Standing {
    /// The picture; `Some(None)` takes it away.
    pub(super) image: Option<Option<String>>,
    /// Whether the address is proved.
    pub(super) email_verified: Option<bool>,
    banned: Option<Option<bool>>,
    ban_reason: Option<Option<String>>,
    ban_expires: Option<Option<DateTime<Utc>>>,
}

impl Form for Standing {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            image: fields.nullable_text("image"),
            email_verified: fields.optional_flag("emailVerified"),
            banned: fields.nullable_flag("banned"),
            ban_reason: fields.nullable_text("banReason"),
            ban_expires: fields.nullable_time("banExpires"),
        }
    }
}

impl Standing {
    /// Reads the field `data` of a body.
    pub(super) fn of(data: &Map<String, Value>) -> Result<Self> {
        fields::read_at("body.data", data)
    }

    /// What is left of it to be stored for a new user: the ban, if there is one.
    pub(super) fn filter_ban(self, data: &Map<String, Value>) -> Option<Self> {
        names_ban(data).then_some(Self { image: None, email_verified: None, ..self })
    }

    /// As it is to be stored.
    pub(super) fn into_revision(self) -> UserRevision {
        let Self { image, email_verified, banned, ban_reason, ban_expires } = self;
        let fields = UserChange { image, email_verified, ..UserChange::default() };
        UserRevision { fields, role: None, banned, ban_reason, ban_expires }
    }
}

/// Whether an object says anything of a ban.
pub(super) fn names_ban(data: &Map<String, Value>) -> bool {
    BAN_KEYS.iter().any(|key| data.contains_key(*key))
}
