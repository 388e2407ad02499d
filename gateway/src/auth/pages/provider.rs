//! `GET {ui_path}/continue/{provider}`: from the sign-in page to a provider, and the words for how that may fail.
//!
//! A link and not a form: browsers let a form end only where the page's content policy says. Nothing changes here but that
//! a sign-in begins, which anybody may do.

use auth_ui::pages::ProviderLine;
use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, Uri};

use super::{
    own_address,
    return_to::{ReturnTo, parameter},
    see_other,
};
use crate::{
    app::App,
    auth::{
        error::{self, Error, Result},
        jar::Jar,
        oauth::{Providers, social},
        visitor::Visitor,
    },
};

/// Value of `from` on the sign-in page when a provider was tried.
pub(super) const FROM: &str = "provider";

/// Goes there.
#[expect(clippy::too_many_arguments, reason = "a handler names all that it takes from a request")]
pub(super) async fn go(
    State(app): State<App>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    visitor: Visitor,
    jar: Jar,
    providers: Providers,
) -> Result<Response> {
    if providers.get(&id).is_none() {
        return Err(error::NOT_FOUND.into());
    }
    let return_to = ReturnTo::of(&app, &uri);
    let failure = own_address(&app, "/sign-in", &[("from", FROM), ("rd", return_to.as_str())]);
    let request_sign_up = parameter(&uri, "sign_up").as_deref() == Some("true");
    let trip = social::Trip::from_page((return_to.or_account(&app), failure.clone()), request_sign_up);
    match social::way_from_page(&app, (&providers, &id), trip, (&headers, &visitor, &jar)).await {
        Ok(way) => Ok(see_other(&way)),
        Err(Error::Refused(error::PROVIDER_NOT_FOUND)) => Ok(see_other(&format!("{failure}&error=unavailable"))),
        Err(error) => Err(error),
    }
}

/// The providers as the pages offer them.
pub(super) fn lines(providers: &Providers) -> Vec<ProviderLine<'_>> {
    providers.all().map(|provider| ProviderLine { id: &provider.id, name: &provider.name }).collect()
}

/// Why it did not work, in plain words.
pub(super) fn wording(error: &str) -> &'static str {
    match error {
        "account_not_linked" => "There is an account with that email already. Sign in to it the way you did before.",
        "signup_disabled" => "New accounts can't be made that way here.",
        "email_not_found" => "That provider did not tell us your email.",
        "email_not_verified" => "Your email is not verified yet. Follow the link that was mailed to you.",
        "access_denied" => "You did not allow it there.",
        "state_mismatch" => "That took too long, or began in another browser. Try again.",
        "BANNED_USER" => super::sign_in::wording(error::BANNED_USER),
        _ => "That provider could not be asked just now. Try again, or sign in another way.",
    }
}
