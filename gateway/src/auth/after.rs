//! What follows from a request whatever its flow was: from a session that began in it, and from a sign-out.

use axum::extract::FromRequestParts;
use http::{HeaderMap, request::Parts};

use super::{anonymous::link, jar::Jar, multi_session::upkeep, one_time_token, visitor::Visitor};
use crate::app::App;

/// What is kept of a request until it has been handled.
pub(crate) struct Before {
    headers: HeaderMap,
    visitor: Visitor,
    /// Below the base path or the pages' path.
    path: String,
}

impl Before {
    /// Keeps what is needed; nothing where no flow asks for it.
    pub(crate) async fn of(app: &App, parts: &mut Parts) -> Option<Self> {
        let config = &app.config;
        let asked = config.anonymous.enabled
            || config.multi_session.enabled
            || (config.one_time_token.enabled && config.one_time_token.set_ott_header_on_new_session);
        if !asked {
            return None;
        }
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        // Nested routers have taken the start off the path already.
        let path = parts.uri.path();
        let below = [&config.auth.base_path, &config.auth.ui_path]
            .into_iter()
            .find_map(|start| path.strip_prefix(start.as_str()));
        let path = below.unwrap_or(path).to_owned();
        Some(Self { headers: parts.headers.clone(), visitor, path })
    }

    /// Does what is due.
    pub(crate) async fn then(self, app: &App, jar: &Jar) {
        let config = &app.config;
        if let Some(begun) = jar.begun() {
            if config.anonymous.enabled && link::signs_in(&self.path) {
                link::end_earlier(app, &self.headers, &self.visitor, &begun).await;
            }
            if config.multi_session.enabled {
                upkeep::keep(app, &self.headers, jar, &begun).await;
            }
            if config.one_time_token.enabled && config.one_time_token.set_ott_header_on_new_session {
                one_time_token::announce(app, jar, &begun).await;
            }
        }
        if config.multi_session.enabled && self.path == "/sign-out" {
            upkeep::forget(app, &self.headers, jar).await;
        }
    }
}
