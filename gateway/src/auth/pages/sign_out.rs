//! Signing out by a form, and the page after it.

use auth_ui::pages::SignedOut;
use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode, Uri};

use super::{html, own_address, return_to::ReturnTo, see_other, site};
use crate::{
    app::App,
    auth::{
        body::Media,
        error::Result,
        extract::{AnySession, Input},
        fields::{Fields, Form, Presence},
        jar::Jar,
        sessions::sign_out,
        visitor::Visitor,
    },
};

/// Confirms that nobody is signed in; who still is goes to the account page, where the button is.
pub(super) async fn show(State(app): State<App>, uri: Uri, AnySession(current): AnySession) -> Response {
    if current.is_some() {
        return see_other(&own_address(&app, "/account", &[]));
    }
    let return_to = ReturnTo::of(&app, &uri);
    html(&app, StatusCode::OK, &SignedOut { site: site(&app), return_to: return_to.as_str() })
}

/// The form as it comes back.
pub(super) struct Submitted {
    return_to: String,
}

impl Form for Submitted {
    const MEDIA: Media = Media::Form;
    const PRESENCE: Presence = Presence::Optional;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self { return_to: fields.optional_text("rd").unwrap_or_default() }
    }
}

/// Ends the session; who wants to go somewhere signs in again, as somebody else.
pub(super) async fn submit(
    State(app): State<App>,
    Input(form): Input<Submitted>,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    sign_out::sign_out(&app, &headers, &visitor, &jar).await?;
    let return_to = ReturnTo::checked(&app, &form.return_to);
    let page = if return_to.as_str().is_empty() { "/sign-out" } else { "/sign-in" };
    Ok(see_other(&own_address(&app, page, &[("rd", return_to.as_str())])))
}
