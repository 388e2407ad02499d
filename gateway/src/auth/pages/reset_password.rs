//! The page behind the link in a mail for a forgotten password, and its form.

use auth_ui::pages::ResetPassword;
use axum::{extract::State, response::Response};
use http::{StatusCode, Uri};

use super::{
    form_page, own_address,
    return_to::{ReturnTo, parameter},
    see_other,
    sign_in::{PASSWORD_SET, wording},
    site,
};
use crate::{
    app::App,
    auth::{
        body::Media,
        email_password::reset,
        error::{self, Error, Result},
        extract::Input,
        fields::{Fields, Form, Presence},
        visitor::Visitor,
    },
    config::Secret,
};

/// Shows the form, or that the link is of no use.
pub(super) async fn show(State(app): State<App>, uri: Uri) -> Response {
    let token = if parameter(&uri, "error").is_some() { None } else { parameter(&uri, "token") };
    page(&app, StatusCode::OK, &ReturnTo::of(&app, &uri), &token.unwrap_or_default(), None)
}

/// The form as it comes back.
pub(super) struct Submitted {
    token: Secret,
    password: Secret,
    return_to: String,
}

impl Form for Submitted {
    const MEDIA: Media = Media::Form;
    const PRESENCE: Presence = Presence::Optional;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            token: Secret::new(fields.optional_text("token").unwrap_or_default()),
            password: Secret::new(fields.optional_text("password").unwrap_or_default()),
            return_to: fields.optional_text("rd").unwrap_or_default(),
        }
    }
}

/// Sets the password and goes on to sign-in, or shows the form again and says why not.
pub(super) async fn submit(
    State(app): State<App>,
    Input(form): Input<Submitted>,
    visitor: Visitor,
) -> Result<Response> {
    let return_to = ReturnTo::checked(&app, &form.return_to);
    match reset::reset(&app, form.token.expose(), form.password, &visitor).await {
        Ok(()) => {
            let parameters = [("notice", PASSWORD_SET), ("rd", return_to.as_str())];
            Ok(see_other(&own_address(&app, "/sign-in", &parameters)))
        }
        Err(Error::Refused(code @ (error::INVALID_TOKEN | error::USER_NOT_FOUND))) => {
            Ok(page(&app, code.status, &return_to, "", None))
        }
        Err(Error::Refused(code)) => Ok(page(&app, code.status, &return_to, form.token.expose(), Some(wording(code)))),
        Err(error) => Err(error),
    }
}

fn page(app: &App, status: StatusCode, return_to: &ReturnTo, token: &str, problem: Option<&str>) -> Response {
    let min_length = app.config.email_password.min_length;
    let page = ResetPassword { site: site(app), return_to: return_to.as_str(), token, problem, min_length };
    form_page(app, status, &page, return_to)
}
