//! Finding the session of a request and keeping it alive: the part that every endpoint with a session shares.

use http::request::Parts;

use super::{error::Result, extract::Current, jar::Jar};
use crate::{app::App, identity::Found};

pub(crate) use crate::identity::Reading;

/// The live session behind the request, extended if that was due; the cookies of a dead one are cleared.
pub(crate) async fn find(app: &App, parts: &Parts, jar: &Jar, reading: Reading) -> Result<Option<Current>> {
    let known = match app.identity.find(&parts.headers, reading).await? {
        Found::Nobody => return Ok(None),
        Found::Gone => {
            jar.clear_session(app);
            return Ok(None);
        }
        Found::Over(known) => {
            jar.clear_session(app);
            if let Err(error) = app.store.delete_session(&known.session.token).await {
                tracing::warn!(%error, "an expired session could not be deleted");
            }
            return Ok(None);
        }
        Found::Live(known) => known,
    };
    let mut current = Current { session: known.session.clone(), known };
    if asks_for_extension(parts) && app.identity.is_extension_due(&current.known, &parts.headers) {
        extend(app, jar, &mut current).await;
    }
    clear_unused_cache(app, parts, jar);
    Ok(Some(current))
}

/// Extends the session once, however many requests ask for it at the same time.
async fn extend(app: &App, jar: &Jar, current: &mut Current) {
    match app.identity.extend(&current.known).await {
        Ok(Some(until)) => {
            current.session.expires_at = until;
            current.session.updated_at = app.clock.now();
            jar.set_session(app, &current.session, true);
        }
        Ok(None) => {}
        // The session is good without it; the next request tries again.
        Err(error) => tracing::warn!(%error, "a session could not be extended"),
    }
}

/// Any text but an empty one switches the extension off, even "false": so the contract has it.
fn asks_for_extension(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    !url::form_urlencoded::parse(query.as_bytes()).any(|(key, value)| key == "disableRefresh" && !value.is_empty())
}

/// A copy of the session in a cookie, left over from when such copies were made.
fn clear_unused_cache(app: &App, parts: &Parts, jar: &Jar) {
    if app.config.session.cookie_cache.enabled {
        return;
    }
    if app.cookies.has_session_data(&parts.headers) {
        jar.add(app.cookies.clear_session_data());
    }
}
