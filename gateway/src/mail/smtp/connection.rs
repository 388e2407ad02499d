//! Connecting: address, greeting, encryption, log-in. What goes wrong here would go wrong for every mail.

use std::{io, net::SocketAddr, sync::atomic::Ordering, time::Duration};

use lettre::transport::smtp::{
    authentication::{Credentials, Mechanism},
    client::AsyncSmtpConnection,
};
use tokio::{net::lookup_host, time::timeout};

use super::Smtp;
use crate::config::SmtpTls;

/// How long the name may take.
const RESOLVE: Duration = Duration::from_secs(5);
/// How long one address may take to accept and to greet.
const CONNECT: Duration = Duration::from_secs(10);
/// How long encryption, and then the log-in, may take.
const STEP: Duration = Duration::from_secs(10);
/// Addresses that are tried.
const MOST_ADDRESSES: usize = 4;

impl Smtp {
    /// A connection that is ready for a mail: encrypted if it has to be, and logged in.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, String> {
        let server = &self.server;
        let (mut connection, address) = self.reach().await?;
        if server.tls == SmtpTls::StartTls {
            connection = self.encrypt(connection, address).await?;
        }
        let Some((user, password)) = &server.login else { return Ok(connection) };
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        let login = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
        match timeout(STEP, login).await {
            Ok(Ok(_)) => Ok(connection),
            Ok(Err(error)) => Err(format!("the mail server does not let the user in: {error}")),
            Err(_) => Err(late("the log-in")),
        }
    }

    /// Connects to the first address of the host that answers.
    async fn reach(&self) -> Result<(AsyncSmtpConnection, SocketAddr), String> {
        let (host, port) = (self.server.host.as_str(), self.server.port);
        let found = timeout(RESOLVE, lookup_host((host, port))).await.unwrap_or_else(|_| Err(timed_out()));
        let addresses: Vec<_> =
            found.map_err(|error| format!("the host {host} is not found: {error}"))?.take(MOST_ADDRESSES).collect();
        let tls = (self.server.tls == SmtpTls::Implicit).then_some(&self.checked);
        let mut why = format!("the host {host} has no address");
        for address in addresses {
            let connecting =
                AsyncSmtpConnection::connect_tokio1(address, Some(CONNECT), &self.hello, tls.cloned(), None);
            match timeout(CONNECT, connecting).await {
                Ok(Ok(connection)) => return Ok((connection, address)),
                Ok(Err(error)) => why = format!("no connection to the mail server {host}:{port}: {error}"),
                Err(_) => why = late(&format!("{host}:{port}, on connecting,")),
            }
        }
        Err(why)
    }

    /// Encrypts the connection if the server can, and decides whether it may go on if it can't.
    async fn encrypt(
        &self,
        mut connection: AsyncSmtpConnection,
        address: SocketAddr,
    ) -> Result<AsyncSmtpConnection, String> {
        let here = address.ip().to_canonical().is_loopback();
        let tls = match way(connection.can_starttls(), here, self.server.login.is_some()) {
            Way::Encrypted => &self.checked,
            Way::EncryptedHere => self.unchecked.as_ref().unwrap_or(&self.checked),
            Way::PlainHere => return Ok(connection),
            Way::Plain => {
                self.say_plain();
                return Ok(connection);
            }
            Way::None => {
                connection.quit().await.ok();
                let host = &self.server.host;
                return Err(format!("{host} offers no STARTTLS, and the password is not sent unencrypted"));
            }
        };
        match timeout(STEP, connection.starttls(tls.clone(), &self.hello)).await {
            Ok(Ok(())) => Ok(connection),
            Ok(Err(error)) => Err(format!("STARTTLS failed: {error}")),
            Err(_) => Err(late("STARTTLS")),
        }
    }

    /// Once is enough.
    fn say_plain(&self) {
        if !self.said_plain.swap(true, Ordering::Relaxed) {
            let host = &self.server.host;
            tracing::warn!(mail.host = host, "mails travel unencrypted: the mail server offers no STARTTLS");
        }
    }
}

/// How to go on after the greeting of a server that is not encrypted from the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// STARTTLS, with a certificate that proves who the server is. If that fails there is no falling back.
    Encrypted,
    /// STARTTLS to this very machine, with whatever certificate it has: nobody is in between.
    EncryptedHere,
    /// Plain text that never leaves this machine.
    PlainHere,
    /// Plain text, without a password.
    Plain,
    /// Not at all.
    None,
}

/// Finds the way. A password never travels unencrypted, whatever a server, or somebody in between, offers.
pub(super) fn way(starttls_offered: bool, here: bool, with_password: bool) -> Way {
    match (starttls_offered, here, with_password) {
        (true, false, _) => Way::Encrypted,
        (true, true, _) => Way::EncryptedHere,
        (false, true, _) => Way::PlainHere,
        (false, false, false) => Way::Plain,
        (false, false, true) => Way::None,
    }
}

fn late(what: &str) -> String {
    format!("{what} got no answer in time")
}

fn timed_out() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "no answer in time")
}
