//! Our own JWTs as bearer, on routes that take them: from the token to its live session.

use std::sync::Arc;

use http::HeaderMap;

use super::{
    Identity, Known, Unavailable,
    credential::{Credential, Source, jwt},
    tokens::{Reading, Tokens},
};

impl Identity {
    /// The live session behind the request's credential, which may be one of our JWTs. One that is signed by us goes
    /// before the cookie, also when its session has ended; whatever else looks like a JWT counts for nothing.
    pub(super) async fn resolve_with_jwt(&self, headers: &HeaderMap) -> Result<Option<Arc<Known>>, Unavailable> {
        let reading = match self.tokens().zip(jwt(headers)) {
            Some((tokens, token)) => tokens.read(token).await?,
            None => Reading::Foreign,
        };
        match reading {
            Reading::Foreign => self.resolve(headers).await,
            Reading::Ended => Ok(None),
            Reading::Session { token, session, user } => {
                let credential = Credential { token: token.expose().into(), signature: None, from: Source::Jwt };
                let known = self.resolve_credential(&credential).await?;
                Ok(known.filter(|known| known.session_id() == session.as_str() && known.user_id() == user.as_str()))
            }
        }
    }

    /// Whether the `Authorization` header holds one of our JWTs, so that no upstream behind a route that takes them
    /// should see it.
    pub fn owns_jwt(&self, headers: &HeaderMap) -> bool {
        self.tokens().zip(jwt(headers)).is_some_and(|(tokens, token)| tokens.names_our_key(token))
    }

    /// What issues tokens, if they are issued.
    pub fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_deref()
    }

    /// The same decision, with tokens of its own.
    pub fn issuing(self, tokens: Option<Arc<Tokens>>) -> Self {
        Self { tokens, ..self }
    }
}
