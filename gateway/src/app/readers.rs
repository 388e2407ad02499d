//! Which pages of other origins may read answers, and the fields that say so. Exact origins are echoed, never a
//! wildcard, since cookies go along.

use http::{
    HeaderMap, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ORIGIN, VARY,
    },
};
use url::Url;

use super::origins::TrustedOrigins;

/// Origins whose pages may read answers.
#[derive(Debug, Clone)]
pub struct Readers(TrustedOrigins);

impl Readers {
    /// Our own origin, and the first of these lists that isn't empty.
    pub fn new(public_url: &Url, lists: &[&[String]]) -> Self {
        let listed = lists.iter().find(|list| !list.is_empty()).copied().unwrap_or_default();
        Self(TrustedOrigins::new(public_url, listed))
    }

    /// The origin that the request names, if its pages may read the answer.
    pub fn reader<'h>(&self, headers: &'h HeaderMap) -> Option<&'h HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        let text = origin.to_str().ok()?;
        let exact = Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text);
        (exact && self.0.trusts(text)).then_some(origin)
    }
}

/// Says that the answer depends on the origin, and that pages of `reader` may read it with these fields.
pub fn allow(headers: &mut HeaderMap, reader: Option<&HeaderValue>, exposed: HeaderValue) {
    headers.append(VARY, HeaderValue::from_static("Origin"));
    if let Some(origin) = reader {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}
