//! The cookies that keep sessions beside the one that counts, each named after its session.

use http::{HeaderMap, HeaderValue};

use super::Cookies;
use crate::{
    identity::credential::{own_cookies, signed_cookie},
    store::SessionToken,
};

/// Such cookies of a request.
#[derive(Debug, Default)]
pub struct Devices {
    /// The names of all, whatever they hold.
    pub names: Vec<String>,
    /// Name and token of those that we have signed.
    pub signed: Vec<(String, SessionToken)>,
}

impl Cookies {
    /// The name of the cookie for a session.
    pub fn device_name(&self, token: &str) -> String {
        format!("{}_multi-{}", self.session_token, token.to_lowercase())
    }

    /// The cookies of a request.
    pub fn devices(&self, headers: &HeaderMap) -> Devices {
        let start = format!("{}_multi-", self.session_token);
        let mut devices = Devices::default();
        for (name, _) in own_cookies(headers, &start) {
            if devices.names.iter().any(|seen| seen == name) {
                continue;
            }
            devices.names.push(name.to_owned());
            devices.signed.extend(self.signed_token(headers, name).map(|token| (name.to_owned(), token)));
        }
        devices
    }

    /// Name and token of the cookie for this session, if the request has it and we have signed it.
    pub fn device(&self, headers: &HeaderMap, token: &str) -> Option<(String, SessionToken)> {
        let name = self.device_name(token);
        let token = self.signed_token(headers, &name)?;
        Some((name, token))
    }

    /// The line that sets the cookie for a session.
    pub fn set_device(&self, token: &str) -> HeaderValue {
        self.set_signed(&self.device_name(token), token, Some(self.max_age))
    }

    fn signed_token(&self, headers: &HeaderMap, name: &str) -> Option<SessionToken> {
        // What can't stand in a line of ours was no cookie of ours.
        if !name.bytes().all(|b| b.is_ascii_graphic() && b != b';' && b != b',') {
            return None;
        }
        let cookie = signed_cookie(headers, name)?;
        let signature = cookie.signature?;
        self.signer.accepts(&cookie.token, &signature).then(|| SessionToken::from(cookie.token.into_owned()))
    }
}
