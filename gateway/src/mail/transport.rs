//! The ways by which mails leave, behind one function.

use std::fmt;

use chrono::{DateTime, Utc};

use super::{Letter, console, resend::Resend, smtp::Smtp};
use crate::config::{MailConfig, MailTransport};

/// A mail on its way.
pub struct Outgoing {
    /// The same in every attempt, so that receivers can tell a repeated one.
    pub id: String,
    /// Address it goes to.
    pub to: String,
    /// When it was posted.
    pub posted_at: DateTime<Utc>,
    /// What it says.
    pub letter: Letter,
}

/// Why a mail could not be delivered, in words that hold neither its links nor its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server can't be reached or does not let us in: no mail would get through now.
    Unreachable(String),
    /// The server does not want this mail now.
    Later(String),
    /// The server will never want this mail.
    Refused(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unreachable(why) | Self::Later(why) | Self::Refused(why)) = self;
        f.write_str(why)
    }
}

/// A way by which mails leave.
pub enum Transport {
    /// Into the log.
    Console,
    /// To a mail server.
    Smtp(Smtp),
    /// To the API of Resend.
    Resend(Resend),
    /// What a test wants to happen.
    #[cfg(test)]
    Scripted(Script),
}

/// What a test wants to happen to each mail.
#[cfg(test)]
pub(crate) type Script = Box<dyn Fn(&Outgoing) -> Result<(), Failure> + Send + Sync>;

impl Transport {
    /// The configured one.
    ///
    /// # Errors
    /// When its settings can't be used.
    pub fn new(config: &MailConfig) -> Result<Self, String> {
        match config.transport {
            MailTransport::Console => Ok(Self::Console),
            MailTransport::Smtp => Smtp::new(config).map(Self::Smtp),
            MailTransport::Resend => Resend::new(config).map(Self::Resend),
        }
    }

    /// Delivers one mail; takes bounded time.
    pub async fn send(&self, mail: &Outgoing) -> Result<(), Failure> {
        match self {
            Self::Console => {
                console::show(mail);
                Ok(())
            }
            Self::Smtp(smtp) => smtp.send(mail).await,
            Self::Resend(resend) => resend.send(mail).await,
            #[cfg(test)]
            Self::Scripted(script) => script(mail),
        }
    }
}
