//! Signing in by a link or a code in a mail: what the buttons of the sign-in page do, and the page that asks for the code.

use auth_ui::pages::{EnterCode, MailedLink};
use axum::{extract::State, response::Response};
use http::StatusCode;

use super::{check_mail, form_page, own_address, return_to::ReturnTo, see_other, sign_in, site};
use crate::{
    app::App,
    auth::{
        body::Media,
        email,
        email_otp::{self, code::Purpose, sign_in::SignIn},
        error::{self, Error, Result},
        extract::Input,
        fields::{Fields, Form, Presence},
        issue::Remember,
        jar::Jar,
        magic_link::send::{self, Ask},
        mailbox::Newcomer,
        oauth::Providers,
        visitor::Visitor,
    },
    config::Secret,
};

/// The form as it comes back; the code is empty where none was asked for.
pub(super) struct Submitted {
    email: String,
    code: Secret,
    remember: Remember,
    return_to: String,
}

impl Form for Submitted {
    const MEDIA: Media = Media::Form;
    const PRESENCE: Presence = Presence::Optional;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        let code = fields.optional_text("code").unwrap_or_default();
        Self {
            email: fields.optional_text("email").unwrap_or_default().trim().to_owned(),
            // People type codes in groups.
            code: Secret::new(code.split_whitespace().collect::<String>()),
            remember: Remember::unless_declined(Some(fields.ticked("remember_me"))),
            return_to: fields.optional_text("rd").unwrap_or_default(),
        }
    }
}

/// Mails a link that leads to where somebody wanted to go, and says so.
pub(super) async fn send_link(
    State(app): State<App>,
    Input(form): Input<Submitted>,
    visitor: Visitor,
    providers: Providers,
) -> Result<Response> {
    if !app.config.magic_link.enabled {
        return Err(error::NOT_FOUND.into());
    }
    let return_to = ReturnTo::checked(&app, &form.return_to);
    let Some(address) = email::canonical(&form.email) else {
        return Ok(no_address(&app, &providers, &return_to, &form));
    };
    let ask = Ask {
        email: address,
        name: None,
        callback_url: Some(return_to.or_account(&app)),
        new_user_callback_url: None,
        error_callback_url: Some(own_address(&app, "/sign-in", &[("rd", return_to.as_str())])),
    };
    send::send(&app, &ask, &visitor).await?;
    Ok(check_mail::go(&app, MailedLink::SignsIn, &return_to))
}

/// Mails a code and asks for it.
pub(super) async fn send_code(
    State(app): State<App>,
    Input(form): Input<Submitted>,
    visitor: Visitor,
    providers: Providers,
) -> Result<Response> {
    if !app.config.email_otp.enabled {
        return Err(error::NOT_FOUND.into());
    }
    let return_to = ReturnTo::checked(&app, &form.return_to);
    let Some(address) = email::canonical(&form.email) else {
        return Ok(no_address(&app, &providers, &return_to, &form));
    };
    email_otp::send::send(&app, Purpose::SignIn, &address, &visitor).await?;
    Ok(page(&app, StatusCode::OK, &return_to, &form, None))
}

/// Signs in by the code and goes on, or asks for it again and says why.
pub(super) async fn enter_code(
    State(app): State<App>,
    Input(form): Input<Submitted>,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    if !app.config.email_otp.enabled {
        return Err(error::NOT_FOUND.into());
    }
    let return_to = ReturnTo::checked(&app, &form.return_to);
    let wish = SignIn {
        email: form.email.clone(),
        otp: form.code.clone(),
        newcomer: Newcomer::default(),
        not_allowed: None,
        remember: form.remember,
    };
    match email_otp::sign_in::sign_in(&app, wish, visitor, &jar).await {
        Ok(_) => Ok(see_other(&return_to.or_account(&app))),
        Err(Error::Refused(code)) => Ok(page(&app, code.status, &return_to, &form, Some(sign_in::wording(code)))),
        Err(error) => Err(error),
    }
}

/// Whoever opens one of these addresses begins at the sign-in page.
pub(super) async fn back(State(app): State<App>) -> Response {
    see_other(&own_address(&app, "/sign-in", &[]))
}

fn no_address(app: &App, providers: &Providers, return_to: &ReturnTo, form: &Submitted) -> Response {
    sign_in::again(app, providers, return_to, &form.email, sign_in::wording(error::INVALID_EMAIL))
}

fn page(app: &App, status: StatusCode, return_to: &ReturnTo, form: &Submitted, problem: Option<&str>) -> Response {
    let page = EnterCode {
        site: site(app),
        return_to: return_to.as_str(),
        email: &form.email,
        digits: app.config.email_otp.otp_length,
        remember: form.remember == Remember::Yes,
        problem,
    };
    form_page(app, status, &page, return_to)
}
