//! Finding the session of a request and keeping it alive: the part that every endpoint with a session shares.

use http::request::Parts;

use super::{error::Result, extract::Current, jar::Jar, session_copy};
use crate::{
    app::App,
    identity::{Found, Known},
};

pub(crate) use crate::identity::Reading;

/// The live session behind the request, extended if that was due; the cookies of a dead one are cleared.
pub(crate) async fn find(app: &App, parts: &Parts, jar: &Jar, reading: Reading) -> Result<Option<Current>> {
    if !app.config.session.cookie_cache.enabled {
        clear_unused_copy(app, jar);
    }
    let known = match app.identity.find(&parts.headers, reading).await? {
        Found::Nobody => return Ok(None),
        Found::Gone => {
            jar.clear_session(app);
            return Ok(None);
        }
        Found::Over(known) => {
            jar.clear_session(app);
            if let Err(error) = app.store.delete_session(known.token()).await {
                tracing::warn!(%error, "an expired session could not be deleted");
            }
            return Ok(None);
        }
        Found::Live(known) => known,
    };
    let mut current = Current { session: known.session(), user: known.user(), known };
    if app.identity.is_signed_of_old(&current.known, &parts.headers) {
        jar.sign_anew(app, &current.session);
    }
    if !has_good_copy(app, parts, jar, &current.known, reading) && !asks_for_nothing(parts) {
        keep(app, parts, jar, &mut current).await;
    }
    Ok(Some(current))
}

/// Extends the session if that is due, else renews the copy of it. Neither is done for one that isn't remembered.
async fn keep(app: &App, parts: &Parts, jar: &Jar, current: &mut Current) {
    if app.identity.is_extension_due(&current.known, &parts.headers) {
        extend(app, jar, current).await;
    } else if !jar.had_dont_remember() {
        jar.set_copy(app, &current.session, &current.user);
    }
}

/// Extends the session once, however many requests ask for it at the same time.
async fn extend(app: &App, jar: &Jar, current: &mut Current) {
    match app.identity.extend(&current.known).await {
        Ok(Some(until)) => {
            current.session.expires_at = until;
            current.session.updated_at = app.clock.now();
            jar.set_session(app, &current.session, &current.user, true);
        }
        Ok(None) => {}
        // The session is good without it; the next request tries again.
        Err(error) => tracing::warn!(%error, "a session could not be extended"),
    }
}

/// Any text but an empty one switches the extension off, even "false": so the contract has it.
fn asks_for_nothing(parts: &Parts) -> bool {
    is_set(parts, "disableRefresh")
}

/// Whether the browser has a copy that needs no renewal. One that isn't good is taken back.
fn has_good_copy(app: &App, parts: &Parts, jar: &Jar, known: &Known, reading: Reading) -> bool {
    let asked = app.config.session.cookie_cache.enabled && reading == Reading::Cached;
    let Some(copy) = jar.sent_copy().filter(|_| asked && !is_set(parts, "disableCookieCache")) else { return false };
    let good = session_copy::is_good(app, &copy, known.token().expose());
    if !good {
        jar.clear_copy(app);
    }
    good
}

fn is_set(parts: &Parts, name: &str) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes()).any(|(key, value)| key == name && !value.is_empty())
}

/// A copy left over from when copies were made.
fn clear_unused_copy(app: &App, jar: &Jar) {
    if jar.sent_copy().is_some() {
        jar.clear_copies(app);
    }
}
