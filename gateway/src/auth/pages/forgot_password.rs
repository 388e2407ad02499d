//! The page for who has forgotten the password, and its form.

use auth_ui::pages::{ForgotPassword, MailedLink};
use axum::{extract::State, response::Response};
use http::{StatusCode, Uri};

use super::{check_mail, form_page, own_address, return_to::ReturnTo, sign_in::wording, site};
use crate::{
    app::App,
    auth::{
        body::Media,
        email,
        email_password::request_reset,
        error::{self, Error, Result},
        extract::Input,
        fields::{Fields, Form, Presence},
        visitor::Visitor,
    },
};

/// Shows the form.
pub(super) async fn show(State(app): State<App>, uri: Uri) -> Result<Response> {
    if !app.config.email_password.enabled {
        return Err(error::NOT_FOUND.into());
    }
    Ok(page(&app, StatusCode::OK, &ReturnTo::of(&app, &uri), "", None))
}

/// The form as it comes back.
pub(super) struct Submitted {
    email: String,
    return_to: String,
}

impl Form for Submitted {
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

/// Has the link mailed that leads to the page for a new password.
pub(super) async fn submit(
    State(app): State<App>,
    Input(form): Input<Submitted>,
    visitor: Visitor,
) -> Result<Response> {
    let return_to = ReturnTo::checked(&app, &form.return_to);
    let Some(address) = email::canonical(&form.email) else {
        let problem = Some(wording(error::INVALID_EMAIL));
        return Ok(page(&app, StatusCode::BAD_REQUEST, &return_to, &form.email, problem));
    };
    let back = own_address(&app, "/reset-password", &[("rd", return_to.as_str())]);
    match request_reset::request(&app, &address, Some(&back), &visitor).await {
        Ok(()) => Ok(check_mail::go(&app, MailedLink::NewPassword, &return_to)),
        Err(Error::Refused(code)) => Ok(page(&app, code.status, &return_to, &form.email, Some(wording(code)))),
        Err(error) => Err(error),
    }
}

fn page(app: &App, status: StatusCode, return_to: &ReturnTo, email: &str, problem: Option<&str>) -> Response {
    let page = ForgotPassword { site: site(app), return_to: return_to.as_str(), email, problem };
    form_page(app, status, &page, return_to)
}
