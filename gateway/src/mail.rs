//! Mails: what they are about, in which language, what they say, and by which way they leave.
//!
//! Knows neither users nor the outbox: `app.post` puts a mail there, and the courier behind it hands it to a
//! [`Transport`]. User text never gets into a header, and only escaped and shortened into a body.

mod console;
mod language;
mod letter;
mod message;
mod plain;
mod reason;
mod resend;
mod smtp;
mod transport;
mod words;

#[cfg(test)]
mod tests;

use std::time::Duration;

use chrono::{DateTime, Utc};

pub use language::Language;
pub use letter::Letter;
pub use transport::{Failure, Outgoing, Transport};

/// How long a mail without a link or a code is worth delivering.
const NEWS_LAST: Duration = Duration::from_secs(24 * 60 * 60);

/// A mail to somebody about something.
#[derive(Clone, Debug)]
pub struct Mail {
    /// To whom.
    pub to: Recipient,
    /// In which language.
    pub language: Language,
    /// About what.
    pub kind: Kind,
}

/// To whom a mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// What to call them; any text.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// What a mail is about. Every `url` lets in whoever follows it, every code whoever types it.
#[derive(Clone)]
pub enum Kind {
    /// Follow the link to prove that the address is yours.
    VerifyEmail {
        /// The link.
        url: String,
        /// How long it works.
        expires_in: Duration,
    },
    /// Follow the link to set a new password.
    ResetPassword {
        /// The link.
        url: String,
        /// How long it works.
        expires_in: Duration,
    },
    /// To the old address: follow the link to move the account to another one.
    ConfirmEmailChange {
        /// The link.
        url: String,
        /// How long it works.
        expires_in: Duration,
        /// Where the account is to move.
        new_email: String,
    },
    /// To the new address: follow the link to prove that it is yours.
    VerifyNewEmail {
        /// The link.
        url: String,
        /// How long it works.
        expires_in: Duration,
    },
    /// Follow the link to delete the account.
    DeleteAccount {
        /// The link.
        url: String,
        /// How long it works.
        expires_in: Duration,
    },
    /// Follow the link to sign in.
    MagicLink {
        /// The link.
        url: String,
        /// How long it works.
        expires_in: Duration,
    },
    /// Type the code to sign in.
    SignInCode(Code),
    /// Type the code to prove that the address is yours.
    VerifyEmailCode(Code),
    /// Type the code to set a new password.
    ResetPasswordCode(Code),
    /// To the new address: type the code to prove that it is yours.
    ChangeEmailCode(Code),
    /// An account has been made.
    Welcome,
    /// Somebody signed in on a device not seen before.
    NewDevice {
        /// Browser and system, as words.
        device: String,
        /// From which address.
        address: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// The password has been changed.
    PasswordChanged {
        /// From which address.
        address: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// Shows that mails arrive.
    Test,
}

/// A code to be typed.
#[derive(Clone)]
pub struct Code {
    /// Its digits.
    pub digits: String,
    /// How long it works.
    pub expires_in: Duration,
}

impl Mail {
    /// What it says, in the name of `app_name`.
    pub fn letter(&self, app_name: &str) -> Letter {
        letter::write(self, app_name)
    }
}

impl Kind {
    /// Its name in logs and in the outbox; also how its words are called in `locales`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::VerifyEmail { .. } => "verify-email",
            Self::ResetPassword { .. } => "reset-password",
            Self::ConfirmEmailChange { .. } => "confirm-email-change",
            Self::VerifyNewEmail { .. } => "verify-new-email",
            Self::DeleteAccount { .. } => "delete-account",
            Self::MagicLink { .. } => "magic-link",
            Self::SignInCode(_) => "sign-in-code",
            Self::VerifyEmailCode(_) => "verify-email-code",
            Self::ResetPasswordCode(_) => "reset-password-code",
            Self::ChangeEmailCode(_) => "change-email-code",
            Self::Welcome => "welcome",
            Self::NewDevice { .. } => "new-device",
            Self::PasswordChanged { .. } => "password-changed",
            Self::Test => "test",
        }
    }

    /// How long there is use in delivering it.
    pub fn lasts(&self) -> Duration {
        let of_code = self.code().map(|code| code.expires_in);
        self.link().map(|(_, expires_in)| expires_in).or(of_code).unwrap_or(NEWS_LAST)
    }

    /// Whether anybody can have it sent by naming an address: whatever carries a link or a code is asked for, not told.
    pub fn is_asked_for(&self) -> bool {
        self.link().is_some() || self.code().is_some()
    }

    /// The link in it and how long that works.
    fn link(&self) -> Option<(&str, Duration)> {
        match self {
            Self::VerifyEmail { url, expires_in }
            | Self::ResetPassword { url, expires_in }
            | Self::ConfirmEmailChange { url, expires_in, .. }
            | Self::VerifyNewEmail { url, expires_in }
            | Self::DeleteAccount { url, expires_in }
            | Self::MagicLink { url, expires_in } => Some((url, *expires_in)),
            _ => None,
        }
    }

    /// The code in it.
    fn code(&self) -> Option<&Code> {
        match self {
            Self::SignInCode(code)
            | Self::VerifyEmailCode(code)
            | Self::ResetPasswordCode(code)
            | Self::ChangeEmailCode(code) => Some(code),
            _ => None,
        }
    }
}

/// Only the name: most kinds hold a link or a code.
impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
