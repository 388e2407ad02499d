//! Through the HTTP API of Resend.

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use lettre::message::Mailbox;
use reqwest::{Client, Response, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::json;
use url::Url;

use super::{Failure, Outgoing, message, reason::reason};
use crate::config::{MailConfig, Secret};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the whole exchange may take.
const EXCHANGE: Duration = Duration::from_secs(30);
/// How long an unused connection is kept.
const KEPT: Duration = Duration::from_secs(30);
/// Most bytes of an answer that are read.
const MOST_ANSWER: usize = 4 << 10;

/// An account at Resend.
pub struct Resend {
    client: Client,
    endpoint: Url,
    key: Secret,
    from: Mailbox,
}

impl Resend {
    /// For the configured account; connects to nothing yet.
    ///
    /// # Errors
    /// When a setting can't be used.
    pub(super) fn new(config: &MailConfig) -> Result<Self, String> {
        Ok(Self {
            client: client()?,
            endpoint: config.resend_endpoint().map_err(|why| format!("mail.resend_url {why}"))?,
            key: config.resend_api_key.clone(),
            from: message::mailbox(&config.sender().ok_or("mail.from is no sender")?)?,
        })
    }

    /// Delivers one mail. Repeated attempts at the same mail make one mail there, for a day.
    pub(super) async fn send(&self, mail: &Outgoing) -> Result<(), Failure> {
        let mut headers: serde_json::Map<String, serde_json::Value> =
            message::AUTOMATIC.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        headers.insert("Message-ID".into(), json!(message::message_id(mail, &self.from)));
        let body = json!({
            "from": self.from.to_string(),
            "to": [mail.to],
            "subject": mail.letter.subject,
            "text": mail.letter.text,
            "html": mail.letter.html,
            "headers": headers,
        });
        let request = self.client.post(self.endpoint.clone()).bearer_auth(self.key.expose());
        let answer = request.header("Idempotency-Key", &mail.id).json(&body).send().await;
        match answer {
            Ok(answer) => judge(answer, &mail.to).await,
            Err(error) => Err(Failure::Unreachable(reason(&causes(&error), &mail.to))),
        }
    }
}

/// Trusts the public authorities, follows no redirect.
fn client() -> Result<Client, String> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT)
        .timeout(EXCHANGE)
        .pool_idle_timeout(KEPT)
        .redirect(redirect::Policy::none())
        .user_agent(concat!("gateway/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| causes(&error))
}

/// What an answer means: only a client's mistake is final, and neither waiting nor a wrong key is one of this mail.
async fn judge(answer: Response, recipient: &str) -> Result<(), Failure> {
    let status = answer.status().as_u16();
    if (200..300).contains(&status) {
        return Ok(());
    }
    let (name, said) = explanation(answer).await;
    let why = reason(&format!("{status} {said}"), recipient);
    match status {
        401 => Err(Failure::Unreachable(why)),
        403 if name == "invalid_api_key" => Err(Failure::Unreachable(why)),
        408 | 425 | 429 => Err(Failure::Later(why)),
        409 if name == "concurrent_idempotent_requests" => Err(Failure::Later(why)),
        400..500 => Err(Failure::Refused(why)),
        _ => Err(Failure::Unreachable(why)),
    }
}

/// The name of an error and what was said about it.
async fn explanation(mut answer: Response) -> (String, String) {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk[..chunk.len().min(MOST_ANSWER - body.len())]);
        if body.len() == MOST_ANSWER {
            break;
        }
    }
    let read: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
    let text = |key: &str| read[key].as_str().unwrap_or_default().to_owned();
    (text("name"), format!("{} {}", text("name"), text("message")))
}

/// An error with what caused it; without the address that was asked, which is known.
fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { "no answer".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
