//! Requests to providers. They go where the settings say, follow no redirect, and end in time, whatever the other side
//! does: it may be down, slow, or answer without end.

use std::{sync::Arc, time::Duration};

use reqwest::{Client, RequestBuilder, Response, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use serde_json::Value;

use crate::config::Secret;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a whole exchange may take.
const EXCHANGE: Duration = Duration::from_secs(10);
/// How long an unused connection is kept.
const KEPT: Duration = Duration::from_secs(30);
/// Most bytes of an answer.
const MOST_ANSWER: usize = 512 << 10;

/// Sends requests to providers.
pub(crate) struct Outbound(Option<Client>);

/// Why there is no answer to use. Never holds what was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// Nothing came back, or not in time.
    #[error("{0}")]
    Unreachable(String),
    /// It refused; what it said, if it was JSON.
    #[error("status {0}")]
    Refused(u16, Value),
    /// What came back can't be read.
    #[error("{0}")]
    Unreadable(&'static str),
}

impl Outbound {
    /// A client that trusts the public authorities.
    pub(crate) fn new() -> Self {
        Self(client().map_err(|error| tracing::error!(error, "no client for providers")).ok())
    }

    /// A JSON document, for the bearer of a token if one is given.
    pub(crate) async fn get_json(&self, url: &str, token: Option<&Secret>) -> Result<Value, NoAnswer> {
        self.get_json_with(url, token, &[]).await
    }

    /// The same with more headers.
    pub(crate) async fn get_json_with(
        &self,
        url: &str,
        token: Option<&Secret>,
        headers: &[(&str, &str)],
    ) -> Result<Value, NoAnswer> {
        let (_, bytes) = self.get_bytes(url, token, headers).await?;
        json(&bytes)
    }

    /// Whatever is there, with its media type.
    pub(crate) async fn get_bytes(
        &self,
        url: &str,
        token: Option<&Secret>,
        headers: &[(&str, &str)],
    ) -> Result<(String, Vec<u8>), NoAnswer> {
        let mut request = self.client()?.get(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token.expose());
        }
        receive(request).await
    }

    /// What a form is answered with, null if that is no JSON; `basic` are id and secret for the `Authorization` header.
    pub(crate) async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret)>,
    ) -> Result<Value, NoAnswer> {
        let mut request = self.client()?.post(url).header("accept", "application/json").form(form);
        if let Some((id, secret)) = basic {
            request = request.basic_auth(form_encoded(id), Some(form_encoded(secret.expose())));
        }
        let (_, bytes) = receive(request).await?;
        // A success without words gives nothing, which is for the caller to find out.
        Ok(json(&bytes).unwrap_or_default())
    }

    fn client(&self) -> Result<&Client, NoAnswer> {
        self.0.as_ref().ok_or_else(|| NoAnswer::Unreachable("there is no client".to_owned()))
    }
}

/// As RFC 6749, section 2.3.1, wants id and secret in the `Authorization` header.
fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn receive(request: RequestBuilder) -> Result<(String, Vec<u8>), NoAnswer> {
    let mut answer = request.send().await.map_err(|error| NoAnswer::Unreachable(causes(&error)))?;
    let status = answer.status();
    let media =
        answer.headers().get("content-type").and_then(|media| media.to_str().ok()).unwrap_or_default().to_owned();
    let bytes = body(&mut answer).await?;
    if !status.is_success() {
        return Err(NoAnswer::Refused(status.as_u16(), serde_json::from_slice(&bytes).unwrap_or_default()));
    }
    Ok((media, bytes))
}

async fn body(answer: &mut Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| NoAnswer::Unreachable(causes(&error)))? {
        if body.len() + chunk.len() > MOST_ANSWER {
            return Err(NoAnswer::Unreadable("the answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn json(bytes: &[u8]) -> Result<Value, NoAnswer> {
    serde_json::from_slice(bytes).map_err(|_| NoAnswer::Unreadable("the answer is no JSON"))
}

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
        .no_proxy()
        .user_agent(concat!("gateway/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| causes(&error))
}

/// An error with what caused it; without the address that was asked, which may hold a secret.
fn causes(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { "no answer".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(&format!(": {error}"));
        cause = error.source();
    }
    text
}
