//! The page that sends people to their mailbox, and the form that has a link mailed once more.

use auth_ui::pages::{CheckMail, MailedLink};
use axum::{extract::State, response::Response};
use http::{StatusCode, Uri};

use super::{
    form_page, own_address,
    return_to::{ReturnTo, parameter},
    see_other,
    sign_in::{ADDRESS_PROVED, wording},
    site,
};
use crate::{
    app::App,
    auth::{
        body::Media,
        email,
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form, Presence},
        oauth::Providers,
        verification::send,
        visitor::Visitor,
    },
};

/// Value of `for` when the mail is about a new password; otherwise it is about the address.
const NEW_PASSWORD: &str = "password";

/// Value of `for` when the mail signs in.
const SIGN_IN: &str = "sign-in";

/// Sends the browser to the page.
pub(super) fn go(app: &App, link: MailedLink, return_to: &ReturnTo) -> Response {
    let about = match link {
        MailedLink::NewPassword => NEW_PASSWORD,
        MailedLink::ProvesAddress => "address",
        MailedLink::SignsIn => SIGN_IN,
    };
    see_other(&own_address(app, "/check-mail", &[("for", about), ("rd", return_to.as_str())]))
}

/// Where the link goes that proves an address: to the page for signing in, which says so.
pub(super) fn callback(app: &App, return_to: &ReturnTo) -> String {
    own_address(app, "/sign-in", &[("notice", ADDRESS_PROVED), ("rd", return_to.as_str())])
}

/// "Check your mail".
pub(super) async fn show(State(app): State<App>, uri: Uri) -> Response {
    let link = match parameter(&uri, "for").as_deref() {
        Some(NEW_PASSWORD) => MailedLink::NewPassword,
        Some(SIGN_IN) => MailedLink::SignsIn,
        _ => MailedLink::ProvesAddress,
    };
    let return_to = ReturnTo::of(&app, &uri);
    let page = CheckMail { site: site(&app), link, return_to: return_to.as_str() };
    form_page(&app, StatusCode::OK, &page, &return_to)
}

/// Asks for the link once more.
pub(super) struct Resend {
    email: String,
    return_to: String,
}

impl Form for Resend {
    const MEDIA: Media = Media::Form;
    const PRESENCE: Presence = Presence::Optional;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.optional_text("email").unwrap_or_default().trim().to_owned(),
            return_to: fields.optional_text("rd").unwrap_or_default(),
        }
    }
}

/// Has the link mailed once more.
pub(super) async fn resend(
    State(app): State<App>,
    Input(form): Input<Resend>,
    visitor: Visitor,
    providers: Providers,
) -> Result<Response> {
    let return_to = ReturnTo::checked(&app, &form.return_to);
    let Some(address) = email::canonical(&form.email) else {
        return Ok(super::sign_in::again(&app, &providers, &return_to, &form.email, wording(error::INVALID_EMAIL)));
    };
    send::send(&app, &address, &visitor, Some(&callback(&app, &return_to))).await?;
    Ok(go(&app, MailedLink::ProvesAddress, &return_to))
}
