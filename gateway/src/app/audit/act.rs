//! What an entry of the audit log is about, put together by whoever did it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::{
    app::App,
    store::{AuditEntry, Session, SessionId, UserId},
};

macro_rules! whats {
    ($($(#[$doc:meta])* $name:ident, $text:literal;)+) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum What {
            $($(#[$doc])* $name,)+
        }

        impl What {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// Its name in the log; the part before the dot is what it is about.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

whats! {
    /// Somebody signed in, or failed to.
    SignIn, "sign_in";
    /// An account was made by its owner.
    SignUp, "sign_up";
    /// A session was ended by its owner, or by the provider it began at.
    SignOut, "sign_out";
    /// A link or a code to sign in with was asked for.
    LinkAsked, "sign_in.asked";
    /// Sessions were ended from elsewhere.
    SessionRevoke, "session.revoke";
    /// A session was made for another domain by a one-time token.
    TokenMake, "session.token";
    /// A password was changed by who knew the old one.
    PasswordChange, "password.change";
    /// A password was set without the old one: for the first time, or by an admin.
    PasswordSet, "password.set";
    /// A link to reset a password was asked for.
    PasswordForgot, "password.forgot";
    /// A password was set by such a link.
    PasswordReset, "password.reset";
    /// Another address was asked for.
    EmailAsked, "email.asked";
    /// An account moved to another address.
    EmailChange, "email.change";
    /// An address was proved.
    EmailVerify, "email.verify";
    /// An account was made by somebody else.
    UserCreate, "user.create";
    /// Name, picture, user name or other fields were changed.
    UserUpdate, "user.update";
    /// Somebody who was anonymous signed in with another account; the anonymous one ends.
    AnonymousLink, "anonymous.link";
    /// An account was deleted.
    UserDelete, "user.delete";
    /// The roles were set.
    UserRole, "user.role";
    /// A user was banned.
    UserBan, "user.ban";
    /// A ban was lifted.
    UserUnban, "user.unban";
    /// A way to sign in was added.
    AccountLink, "account.link";
    /// A way to sign in was taken away.
    AccountUnlink, "account.unlink";
    /// An admin began to act as a user.
    ImpersonationBegin, "impersonation.begin";
    /// An admin ceased to act as a user.
    ImpersonationEnd, "impersonation.end";
    /// A key that signs tokens was made.
    KeyRotate, "key.rotate";
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody in particular: not signed in.
    Nobody,
    /// A user.
    User(UserId),
    /// Somebody at the command line.
    Cli,
    /// The gateway itself, or a provider.
    System,
}

impl Actor {
    /// Who acts in a session: its user, or the admin who acts as the user.
    pub fn of(session: &Session) -> Self {
        match &session.impersonated_by {
            Some(admin) => Self::User(UserId::from(admin.as_str())),
            None => Self::User(session.user_id.clone()),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::User(_) => "user",
            Self::Cli => "cli",
            Self::System => "system",
        }
    }
}

/// Something that was done, or refused.
#[derive(Debug, Clone)]
pub struct Act {
    what: What,
    actor: Actor,
    refused: Option<&'static str>,
    subject: Option<UserId>,
    session: Option<SessionId>,
    address: String,
    user_agent: String,
    details: Map<String, Value>,
}

impl Act {
    /// Done by this actor.
    pub fn new(what: What, actor: Actor) -> Self {
        Self {
            what,
            actor,
            refused: None,
            subject: None,
            session: None,
            address: String::new(),
            user_agent: String::new(),
            details: Map::new(),
        }
    }

    /// Done in this session, to its user unless somebody else is named.
    pub fn within(what: What, session: &Session) -> Self {
        let act = Self::new(what, Actor::of(session)).about(&session.user_id).session(&session.id);
        if session.impersonated_by.is_some() { act.with("impersonating", session.user_id.as_str()) } else { act }
    }

    /// It was done to this user.
    #[must_use]
    pub fn about(mut self, user: &UserId) -> Self {
        self.subject = Some(user.clone());
        self
    }

    /// It is about this session, or happened in it.
    #[must_use]
    pub fn session(mut self, session: &SessionId) -> Self {
        self.session = Some(session.clone());
        self
    }

    /// It was done to whoever has this address, or was tried with one that nobody has: of that only a code is kept.
    #[must_use]
    pub fn about_address(self, app: &App, email: &str, user: Option<&UserId>) -> Self {
        match user {
            Some(user) => self.about(user),
            None => self.with("address_code", app.address_code(email)),
        }
    }

    /// It was asked for from there; empty where that is unknown.
    #[must_use]
    pub fn from(mut self, address: &str, user_agent: &str) -> Self {
        self.address = address.to_owned();
        self.user_agent = user_agent.to_owned();
        self
    }

    /// It was not let happen; the code of the refusal.
    #[must_use]
    pub fn refused(mut self, code: &'static str) -> Self {
        self.refused = Some(code);
        self
    }

    /// Something else that is to be known: no secret, and no address that somebody typed.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// As it is stored.
    pub fn entry(mut self, at: DateTime<Utc>) -> AuditEntry {
        let full = |text: String| Some(text).filter(|text| !text.is_empty());
        if let Some(code) = self.refused {
            self.details.insert("code".to_owned(), code.into());
        }
        AuditEntry {
            id: 0,
            at,
            what: self.what.name().to_owned(),
            outcome: if self.refused.is_some() { "refused" } else { "done" }.to_owned(),
            actor: self.actor.kind().to_owned(),
            actor_id: if let Actor::User(id) = &self.actor { Some(id.as_str().to_owned()) } else { None },
            subject_id: self.subject.map(|user| user.as_str().to_owned()),
            session_id: self.session.map(|session| session.as_str().to_owned()),
            ip_address: full(self.address),
            user_agent: full(self.user_agent),
            details: (!self.details.is_empty()).then(|| Value::Object(self.details).to_string()),
        }
    }
}
