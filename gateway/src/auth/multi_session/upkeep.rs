//! The cookies beside the one that counts: made with every session that begins, one for each user, and gone with the
//! sign-out.

use http::HeaderMap;

use super::MOST_ASKED;
use crate::{
    app::App,
    auth::jar::{Begun, Jar},
    store::StoreError,
};

/// Gives the session that was begun a cookie of its own, and ends earlier ones of the same user in this browser.
pub(crate) async fn keep(app: &App, headers: &HeaderMap, jar: &Jar, begun: &Begun) {
    if let Err(error) = try_to_keep(app, headers, jar, begun).await {
        tracing::warn!(%error, "a session was not put beside the others of its browser");
    }
}

async fn try_to_keep(app: &App, headers: &HeaderMap, jar: &Jar, begun: &Begun) -> Result<(), StoreError> {
    let devices = app.cookies.devices(headers);
    let name = app.cookies.device_name(begun.session.token.expose());
    if devices.names.contains(&name) {
        return Ok(());
    }
    let mut ended = 0;
    for (name, token) in devices.signed.iter().take(MOST_ASKED) {
        let found = app.store.session_with_user(token).await?;
        if found.is_some_and(|(session, _)| session.user_id == begun.session.user_id) {
            app.store.delete_session(token).await?;
            jar.add(app.cookies.clear(name));
            ended += 1;
        }
    }
    if devices.names.len() - ended < app.config.multi_session.maximum_sessions {
        jar.add(app.cookies.set_device(begun.session.token.expose()));
    }
    Ok(())
}

/// Ends all sessions of the browser.
pub(crate) async fn forget(app: &App, headers: &HeaderMap, jar: &Jar) {
    for (name, token) in &app.cookies.devices(headers).signed {
        jar.add(app.cookies.clear(name));
        if let Err(error) = app.store.delete_session(token).await {
            tracing::error!(%error, "a session could not be ended with the others of its browser");
        }
    }
}
