//! Where somebody wants to go after signing in: the parameter `rd`, believed only after a check.

use auth_ui::content_security_policy;
use http::{HeaderMap, HeaderValue, Uri, header};
use url::Url;

use crate::app::App;

/// A checked address to return to; empty when there is none that may be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ReturnTo(String);

impl ReturnTo {
    /// Keeps the address if it leads to us or to a trusted origin. To be called again whenever it comes back.
    pub(super) fn checked(app: &App, wish: &str) -> Self {
        let lower = wish.get(..8).unwrap_or(wish).to_ascii_lowercase();
        let browsable = wish.starts_with('/') || lower.starts_with("http://") || lower.starts_with("https://");
        if browsable && app.origins.allows_target(wish) { Self(wish.to_owned()) } else { Self::default() }
    }

    /// The parameter `rd` of an address.
    pub(super) fn of(app: &App, uri: &Uri) -> Self {
        let wish = parameter(uri, "rd");
        wish.map(|wish| Self::checked(app, &wish)).unwrap_or_default()
    }

    /// The address; empty when there is none.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The address, or the account page.
    pub(super) fn or_account(&self, app: &App) -> String {
        if self.0.is_empty() { super::own_address(app, "/account", &[]) } else { self.0.clone() }
    }

    /// The address as a URL if it leads to another origin than ours.
    pub(super) fn elsewhere(&self, app: &App) -> Option<Url> {
        Url::parse(&self.0).ok().filter(|url| url.origin() != app.public_url.origin())
    }

    /// Lets the form of a page end in a redirect there.
    pub(super) fn allow_redirect(&self, app: &App, headers: &mut HeaderMap) {
        let Some(url) = self.elsewhere(app) else { return };
        let policy = content_security_policy([url.origin().ascii_serialization().as_str()]);
        if let Ok(policy) = HeaderValue::try_from(policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// A parameter of an address's query.
pub(super) fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let query = uri.query()?;
    let mut values = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    values.next().map(|(_, value)| value.into_owned())
}
