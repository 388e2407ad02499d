//! A session and its user in little memory: all texts end to end in one allocation, unpacked where the rows themselves
//! are asked for. There may be a hundred thousand of these, and most requests need none of the texts.

use chrono::{DateTime, Utc};

use crate::store::{Session, SessionToken, User};

/// The texts, in the order in which they lie.
#[derive(Clone, Copy)]
enum Part {
    SessionId,
    UserId,
    Address,
    UserAgent,
    ImpersonatedBy,
    Name,
    Email,
    Image,
    Role,
    BanReason,
    Username,
    DisplayUsername,
    LastLoginMethod,
}

/// How many texts there are.
const PARTS: usize = Part::LastLoginMethod as usize + 1;

/// A session's row and its user's. Prints no token.
#[derive(Debug)]
pub(super) struct Packed {
    texts: Box<str>,
    ends: [u32; PARTS],
    /// A bit for each part that is there; what isn't lies there empty.
    present: u16,
    token: SessionToken,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    user_created_at: DateTime<Utc>,
    user_updated_at: DateTime<Utc>,
    ban_expires: Option<DateTime<Utc>>,
    banned: Option<bool>,
    is_anonymous: Option<bool>,
    email_verified: bool,
}

impl Packed {
    /// Packs the rows; the session is the user's.
    pub(super) fn new(session: Session, user: &User) -> Self {
        let parts = [
            Some(session.id.as_str()),
            Some(user.id.as_str()),
            session.ip_address.as_deref(),
            session.user_agent.as_deref(),
            session.impersonated_by.as_deref(),
            Some(&user.name),
            Some(&user.email),
            user.image.as_deref(),
            user.role.as_deref(),
            user.ban_reason.as_deref(),
            user.username.as_deref(),
            user.display_username.as_deref(),
            user.last_login_method.as_deref(),
        ];
        let mut texts = String::with_capacity(parts.iter().flatten().map(|part| part.len()).sum());
        let (mut ends, mut present) = ([0; PARTS], 0);
        for (at, part) in parts.into_iter().enumerate() {
            if let Some(part) = part {
                texts.push_str(part);
                present |= 1 << at;
            }
            // A row of more than 4 GiB does not get here; if it did its last texts would be seen as empty.
            ends[at] = u32::try_from(texts.len()).unwrap_or(u32::MAX);
        }
        Self {
            texts: texts.into_boxed_str(),
            ends,
            present,
            token: session.token,
            expires_at: session.expires_at,
            created_at: session.created_at,
            updated_at: session.updated_at,
            user_created_at: user.created_at,
            user_updated_at: user.updated_at,
            ban_expires: user.ban_expires,
            banned: user.banned,
            is_anonymous: user.is_anonymous,
            email_verified: user.email_verified,
        }
    }

    /// The session's row.
    pub(super) fn session(&self) -> Session {
        Session {
            id: self.session_id().into(),
            token: self.token.clone(),
            user_id: self.user_id().into(),
            expires_at: self.expires_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
            ip_address: self.owned(Part::Address),
            user_agent: self.owned(Part::UserAgent),
            impersonated_by: self.owned(Part::ImpersonatedBy),
        }
    }

    /// The user's row.
    pub(super) fn user(&self) -> User {
        User {
            id: self.user_id().into(),
            name: self.text(Part::Name).to_owned(),
            email: self.text(Part::Email).to_owned(),
            email_verified: self.email_verified,
            image: self.owned(Part::Image),
            created_at: self.user_created_at,
            updated_at: self.user_updated_at,
            role: self.owned(Part::Role),
            banned: self.banned,
            ban_reason: self.owned(Part::BanReason),
            ban_expires: self.ban_expires,
            username: self.owned(Part::Username),
            display_username: self.owned(Part::DisplayUsername),
            is_anonymous: self.is_anonymous,
            last_login_method: self.owned(Part::LastLoginMethod),
        }
    }

    /// Whether an admin acts as the user in it.
    pub(super) fn is_led(&self) -> bool {
        self.present & 1 << Part::ImpersonatedBy as usize != 0
    }

    /// The session's id.
    pub(super) fn session_id(&self) -> &str {
        self.text(Part::SessionId)
    }

    /// The user's id.
    pub(super) fn user_id(&self) -> &str {
        self.text(Part::UserId)
    }

    /// What the client presents.
    pub(super) fn token(&self) -> &SessionToken {
        &self.token
    }

    /// The user's roles, comma separated.
    pub(super) fn role(&self) -> Option<&str> {
        self.part(Part::Role)
    }

    /// Whether the user's address was proved.
    pub(super) fn email_verified(&self) -> bool {
        self.email_verified
    }

    /// When the session ends unless it is extended.
    pub(super) fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// When the session began.
    pub(super) fn created_at(&self) -> DateTime<Utc> {
        self.created_at
    }

    /// Whether the user is kept out at that time.
    pub(super) fn is_banned(&self, now: DateTime<Utc>) -> bool {
        User::is_kept_out(self.banned, self.ban_expires, now)
    }

    fn part(&self, part: Part) -> Option<&str> {
        (self.present & 1 << part as usize != 0).then(|| self.text(part))
    }

    fn owned(&self, part: Part) -> Option<String> {
        self.part(part).map(str::to_owned)
    }

    fn text(&self, part: Part) -> &str {
        let at = part as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.texts.get(start as usize..self.ends[at] as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_as_they_went_in() {
        let day = |day: &str| format!("2026-11-{day}T08:00:00Z").parse().unwrap();
        let session = Session {
            id: "session".into(),
            token: "token".into(),
            user_id: "user".into(),
            expires_at: day("28"),
            created_at: day("20"),
            updated_at: day("21"),
            ip_address: Some("::1".into()),
            user_agent: Some(String::new()),
            impersonated_by: None,
        };
        let user = User {
            id: "user".into(),
            name: "Zo\u{eb}".into(),
            email: "zoe@example.com".into(),
            email_verified: true,
            image: None,
            created_at: day("01"),
            updated_at: day("02"),
            role: Some("user,admin".into()),
            banned: Some(false),
            ban_reason: None,
            ban_expires: Some(day("22")),
            username: Some("zoe".into()),
            display_username: Some("Zoe".into()),
            is_anonymous: Some(false),
            last_login_method: Some("magic-link".into()),
        };
        let empty = User {
            name: String::new(),
            role: None,
            banned: None,
            ban_reason: Some("why".into()),
            username: None,
            ..user.clone()
        };
        for user in [user, empty] {
            let packed = Packed::new(session.clone(), &user);
            assert_eq!((packed.session(), packed.user()), (session.clone(), user));
        }
    }
}
