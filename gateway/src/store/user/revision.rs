//! What an admin changes about a user: fields, role and ban, in one write.

use chrono::{DateTime, Utc};

use super::{
    super::{
        Event, Result, Store, User, UserId,
        lease::on_db,
        session::{delete_led_sessions, delete_sessions, gone},
        time::Time,
    },
    BY_ID, UPDATE, UserChange, update_fields,
};

/// What is to be changed; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct UserRevision {
    /// What users may change themselves, and the address.
    pub fields: UserChange,
    /// Roles, comma separated.
    pub role: Option<String>,
    /// Whether the user is kept out.
    pub banned: Option<Option<bool>>,
    /// Why.
    pub ban_reason: Option<Option<String>>,
    /// Until when; `Some(None)` means for good.
    pub ban_expires: Option<Option<DateTime<Utc>>>,
}

pub(super) const REVISE: &str = r#"
    update "user" set role = coalesce($2, role), banned = case when $3 then $4 else banned end,
        "banReason" = case when $5 then $6 else "banReason" end,
        "banExpires" = case when $7 then $8 else "banExpires" end
    where id = $1"#;

impl Store {
    /// Changes a user. Whoever is banned by it loses all sessions, and whoever gets another role no longer acts as others.
    ///
    /// A taken address is [`StoreError::Unique`](crate::store::StoreError::Unique).
    pub async fn revise_user(&self, id: &UserId, revision: &UserRevision) -> Result<Option<User>> {
        let now = Time(self.now());
        let UserRevision { fields, role, banned, ban_reason, ban_expires } = revision;
        let until = ban_expires.flatten().map(Time::from);
        let bans = *banned == Some(Some(true));
        let (user, ended) = on_db!(write self, |db| {
            update_fields!(db, id, fields, now).await?;
            let query = sqlx::query(REVISE).bind(id).bind(role).bind(banned.is_some()).bind(banned.flatten());
            let query = query.bind(ban_reason.is_some()).bind(ban_reason.clone().flatten());
            query.bind(ban_expires.is_some()).bind(until).execute(&mut *db).await?;
            let mut ended = Vec::new();
            if bans {
                ended.extend(delete_sessions!(db, id).await?);
            }
            if bans || role.is_some() {
                ended.extend(delete_led_sessions!(db, id).await?);
            }
            Ok((sqlx::query_as(BY_ID).bind(id).fetch_optional(&mut *db).await?, ended))
        })?;
        self.tell(&[Event::UserChanged(id.clone())]);
        self.tell(&gone(ended));
        Ok(user)
    }
}
