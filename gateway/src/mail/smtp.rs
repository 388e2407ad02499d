//! Over SMTP: one connection per mail on its way, kept for the next one for a while.

mod connection;

#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use lettre::{
    message::Mailbox,
    transport::smtp::{
        Error,
        client::{AsyncSmtpConnection, Certificate, TlsParameters},
        extension::ClientId,
    },
};
use tokio::time::{Instant, sleep, timeout};

use super::{Failure, Outgoing, message, reason::reason};
use crate::config::{MailConfig, SmtpServer};

/// How long an unused connection is kept.
const KEPT: Duration = Duration::from_secs(10);
/// Connections kept at once.
const MOST_KEPT: usize = 4;
/// How long a kept connection may take to show that it is still good, or to say goodbye.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);
/// How long the server may take for one mail.
const SEND: Duration = Duration::from_secs(30);

/// A mail server, and the connections to it that nobody uses.
pub struct Smtp {
    server: SmtpServer,
    from: Mailbox,
    hello: ClientId,
    /// Checks the server's certificate.
    checked: TlsParameters,
    /// Takes any certificate; for STARTTLS with this very machine only, where plain text would do as well.
    unchecked: Option<TlsParameters>,
    /// Whether it was said already that mails travel in plain text.
    said_plain: AtomicBool,
    idle: Arc<Mutex<Vec<Idle>>>,
}

struct Idle {
    connection: AsyncSmtpConnection,
    since: Instant,
}

impl Smtp {
    /// For the configured server; connects to nothing yet.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub(super) fn new(config: &MailConfig) -> Result<Self, String> {
        let server = config.smtp_server().map_err(|why| format!("mail.smtp_url {why}"))?;
        let from = message::mailbox(&config.sender().ok_or("mail.from is no sender")?)?;
        let authority = authority(config)?;
        let builder = || TlsParameters::builder(server.host.clone());
        let checked = match &authority {
            Some(authority) => builder().add_root_certificate(authority.clone()),
            None => builder(),
        };
        let failed = |error: Error| format!("TLS to the mail server can't be set up: {error}");
        let unchecked = match authority {
            Some(_) => None,
            None => {
                let any = builder().dangerous_accept_invalid_certs(true).dangerous_accept_invalid_hostnames(true);
                Some(any.build_rustls().map_err(failed)?)
            }
        };
        Ok(Self {
            hello: ClientId::Domain(from.email.domain().to_owned()),
            checked: checked.build_rustls().map_err(failed)?,
            unchecked,
            from,
            server,
            said_plain: AtomicBool::new(false),
            idle: Arc::default(),
        })
    }

    /// Delivers one mail to the server.
    pub(super) async fn send(&self, mail: &Outgoing) -> Result<(), Failure> {
        let message = message::build(mail, &self.from)?;
        let mut connection = match self.kept().await {
            Some(connection) => connection,
            None => self.connect().await.map_err(|why| Failure::Unreachable(reason(&why, &mail.to)))?,
        };
        let bytes = message.formatted();
        let sending = connection.send(message.envelope(), &bytes);
        match timeout(SEND, sending).await {
            Ok(Ok(_)) => {
                self.keep(connection);
                Ok(())
            }
            Ok(Err(error)) => Err(failure(&error, &mail.to)),
            Err(_) => Err(Failure::Unreachable(format!("the mail server did not answer within {} s", SEND.as_secs()))),
        }
    }

    /// A connection that was kept and still works.
    async fn kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
            if idle.since.elapsed() < KEPT && timeout(SIGN_OF_LIFE, idle.connection.test_connected()).await == Ok(true)
            {
                return Some(idle.connection);
            }
        }
    }

    /// Keeps a connection for a while, then says goodbye.
    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() >= MOST_KEPT {
            return;
        }
        idle.push(Idle { connection, since: Instant::now() });
        let idle = Arc::clone(&self.idle);
        tokio::spawn(async move {
            sleep(KEPT).await;
            let old: Vec<Idle> = {
                let mut idle = idle.lock().unwrap_or_else(PoisonError::into_inner);
                idle.extract_if(.., |kept| kept.since.elapsed() >= KEPT).collect()
            };
            for mut idle in old {
                timeout(SIGN_OF_LIFE, idle.connection.quit()).await.ok();
            }
        });
    }
}

/// The authority that the configuration trusts besides the public ones.
fn authority(config: &MailConfig) -> Result<Option<Certificate>, String> {
    if config.smtp_ca.as_os_str().is_empty() {
        return Ok(None);
    }
    let unusable = |why: String| format!("mail.smtp_ca: {}: {why}", config.smtp_ca.display());
    let pem = std::fs::read(&config.smtp_ca).map_err(|error| unusable(error.to_string()))?;
    Certificate::from_pem(&pem).map(Some).map_err(|error| unusable(error.to_string()))
}

/// What an answer to the mail itself means (RFC 5321, 4.2.1).
fn failure(error: &Error, recipient: &str) -> Failure {
    let why = reason(&error.to_string(), recipient);
    // The server is closing down, or wants a log-in (RFC 4954): not the fault of this mail.
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    if ["421", "530", "534", "535", "538"].contains(&code.as_str()) {
        return Failure::Unreachable(why);
    }
    // The client itself finds that the server lacks what this very mail needs: an address beyond ASCII, say.
    if error.is_permanent() || error.is_client() {
        return Failure::Refused(why);
    }
    if error.is_transient() { Failure::Later(why) } else { Failure::Unreachable(why) }
}
