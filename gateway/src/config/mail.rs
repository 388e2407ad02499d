//! `[mail]`, and what its texts mean.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

use super::units::Secret;

/// `[mail]`
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MailConfig {
    /// How mails leave.
    pub transport: MailTransport,
    /// Sender, `Name <address>`.
    pub from: String,
    /// `smtp://` or `smtps://` with user and password.
    pub smtp_url: Secret,
    /// PEM file with certificates of authorities that the mail server's may come from besides the public ones.
    pub smtp_ca: PathBuf,
    /// Key of the Resend API.
    pub resend_api_key: Secret,
    /// Other address of the Resend API.
    pub resend_url: String,
    /// Whether new users are welcomed.
    pub welcome: bool,
    /// Whether users are told of sign-ins on devices not seen before.
    pub new_device: bool,
    /// Whether users are told that their password was changed.
    pub password_changed: bool,
}

impl Default for MailConfig {
    fn default() -> Self {
        Self {
            transport: MailTransport::Console,
            from: "Gateway <noreply@localhost>".into(),
            smtp_url: Secret::default(),
            smtp_ca: PathBuf::new(),
            resend_api_key: Secret::default(),
            resend_url: String::new(),
            welcome: false,
            new_device: true,
            password_changed: true,
        }
    }
}

/// How mails leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTransport {
    /// Written to the log.
    Console,
    /// Over SMTP.
    Smtp,
    /// Through the Resend API.
    Resend,
}

/// Whom mails come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// What is shown.
    pub name: Option<String>,
    /// The address.
    pub email: String,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct SmtpServer {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How its connections are encrypted.
    pub tls: SmtpTls,
    /// User and password.
    pub login: Option<(String, Secret)>,
}

/// How connections to a mail server are encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the start.
    Implicit,
    /// After STARTTLS, where the server offers it.
    StartTls,
}

/// Where the Resend API is.
const RESEND: &str = "https://api.resend.com";

impl MailConfig {
    /// `Name <name@host>` or `name@host`; none if it is neither.
    pub fn sender(&self) -> Option<Sender> {
        let text = self.from.trim();
        let (name, email) = match text.split_once('<') {
            Some((name, rest)) => (name.trim().trim_matches('"'), rest.strip_suffix('>')?),
            None => ("", text),
        };
        let legal = |c: char| !c.is_whitespace() && !c.is_control() && !"<>,;\"()".contains(c);
        let (local, host) = email.split_once('@')?;
        let whole = !local.is_empty() && !host.is_empty() && !host.contains('@');
        let one_line = !text.chars().any(char::is_control);
        (whole && one_line && email.chars().all(legal))
            .then(|| Sender { name: (!name.is_empty()).then(|| name.to_owned()), email: email.to_owned() })
    }

    /// The mail server that `smtp_url` names.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it: it holds a password.
    pub fn smtp_server(&self) -> Result<SmtpServer, &'static str> {
        const FORM: &str = "is no address of a mail server; write \"smtp://user:password@mail.example.com:587\"";
        let url = Url::parse(self.smtp_url.expose()).map_err(|_| FORM)?;
        let (tls, port) = match url.scheme() {
            "smtp" => (SmtpTls::StartTls, 587),
            "smtps" => (SmtpTls::Implicit, 465),
            _ => return Err("begins with neither \"smtp://\" nor \"smtps://\""),
        };
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or(FORM)?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(
                "has something behind host and port; encode special characters of user and password (\"/\" is %2F, \"?\" is %3F, \"#\" is %23, \"@\" is %40)",
            );
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(String::from).map_err(|_| FORM);
        let login = match (url.username(), url.password()) {
            ("", None) => None,
            ("", Some(_)) => return Err("has a password, but no user"),
            (_, None) => return Err("has a user, but no password"),
            (user, Some(password)) => Some((decoded(user)?, Secret::new(decoded(password)?))),
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        Ok(SmtpServer { host, port: url.port().unwrap_or(port), tls, login })
    }

    /// Where mails are posted to Resend.
    ///
    /// # Errors
    /// What is wrong with `resend_url`.
    pub fn resend_endpoint(&self) -> Result<Url, &'static str> {
        const FORM: &str = "is no address; write one such as \"https://api.resend.com\" or leave it out";
        let base = if self.resend_url.is_empty() { RESEND } else { &self.resend_url };
        let mut url = Url::parse(base).map_err(|_| FORM)?;
        let here = url.host_str().is_some_and(is_loopback);
        match url.scheme() {
            "https" => {}
            "http" if here => {}
            "http" => return Err("is not encrypted: the key would be readable on the way; write \"https://\""),
            _ => return Err(FORM),
        }
        if !url.path().ends_with("/emails") {
            let path = format!("{}/emails", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        Ok(url)
    }
}

/// Whether a host of a URL is this machine.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
