//! The page that makes an account, and its form.

use auth_ui::pages::{MailedLink, SignUp};
use axum::{extract::State, response::Response};
use http::{StatusCode, Uri};

use super::{
    check_mail, form_page, own_address, provider,
    return_to::ReturnTo,
    see_other,
    sign_in::{ACCOUNT_MADE, already_signed_in, wording},
    site,
};
use crate::{
    app::App,
    auth::{
        body::Media,
        email,
        email_password::sign_up::{self, MOST_NAME},
        error::{self, Error, Result},
        extract::{AnySession, Input},
        fields::{Fields, Form, Presence},
        issue::Remember,
        jar::Jar,
        oauth::Providers,
        username::{self, Names},
        visitor::Visitor,
    },
    config::Secret,
};

/// Shows the form, or to somebody who is signed in the choice to go on or to switch.
pub(super) async fn show(
    State(app): State<App>,
    uri: Uri,
    providers: Providers,
    AnySession(current): AnySession,
) -> Result<Response> {
    let rules = &app.config.email_password;
    if !rules.enabled || !rules.sign_up {
        return Err(error::NOT_FOUND.into());
    }
    let return_to = ReturnTo::of(&app, &uri);
    if let Some(current) = current {
        return Ok(already_signed_in(&app, &current, &return_to));
    }
    Ok(page(&app, &providers, StatusCode::OK, &return_to, &Shown::default()))
}

/// The form as it comes back.
pub(super) struct Submitted {
    name: String,
    email: String,
    username: String,
    password: Secret,
    return_to: String,
}

impl Form for Submitted {
    const MEDIA: Media = Media::Form;
    const PRESENCE: Presence = Presence::Optional;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.optional_text("name").unwrap_or_default().trim().to_owned(),
            email: fields.optional_text("email").unwrap_or_default().trim().to_owned(),
            username: fields.optional_text("username").unwrap_or_default().trim().to_owned(),
            password: Secret::new(fields.optional_text("password").unwrap_or_default()),
            return_to: fields.optional_text("rd").unwrap_or_default(),
        }
    }
}

/// Makes the account and goes on, or shows the form again and says why not.
pub(super) async fn submit(
    State(app): State<App>,
    Input(form): Input<Submitted>,
    visitor: Visitor,
    jar: Jar,
    providers: Providers,
) -> Result<Response> {
    let return_to = ReturnTo::checked(&app, &form.return_to);
    let shown =
        |problem| Shown { name: &form.name, email: &form.email, username: &form.username, problem: Some(problem) };
    if form.name.is_empty() || form.name.chars().count() > MOST_NAME {
        return Ok(page(
            &app,
            &providers,
            StatusCode::BAD_REQUEST,
            &return_to,
            &shown("Tell us your name, or something like it."),
        ));
    }
    let Some(address) = email::canonical(&form.email) else {
        return Ok(page(&app, &providers, StatusCode::BAD_REQUEST, &return_to, &shown(wording(error::INVALID_EMAIL))));
    };
    let wish = sign_up::SignUp {
        name: form.name.clone(),
        email: address,
        password: form.password.clone(),
        image: None,
        callback_url: Some(check_mail::callback(&app, &return_to)),
        remember: Remember::Yes,
        names: Names::typed(&form.username),
        not_allowed: None,
    };
    if let Err(Error::Refused(code)) = username::check_new(&app, &wish.names).await {
        return Ok(page(&app, &providers, code.status, &return_to, &shown(wording(code))));
    }
    match sign_up::sign_up(&app, wish, visitor, &jar).await {
        Ok(made) if made.session.is_some() => Ok(see_other(&return_to.or_account(&app))),
        Ok(_) if app.config.email_password.require_verification => {
            Ok(check_mail::go(&app, MailedLink::ProvesAddress, &return_to))
        }
        Ok(_) => {
            let parameters = [("notice", ACCOUNT_MADE), ("rd", return_to.as_str())];
            Ok(see_other(&own_address(&app, "/sign-in", &parameters)))
        }
        Err(Error::Refused(code)) => Ok(page(&app, &providers, code.status, &return_to, &shown(wording(code)))),
        Err(error) => Err(error),
    }
}

#[derive(Default)]
struct Shown<'a> {
    name: &'a str,
    email: &'a str,
    username: &'a str,
    problem: Option<&'a str>,
}

fn page(app: &App, providers: &Providers, status: StatusCode, return_to: &ReturnTo, shown: &Shown<'_>) -> Response {
    let page = SignUp {
        site: site(app),
        return_to: return_to.as_str(),
        name: shown.name,
        email: shown.email,
        username: app.config.username.enabled.then_some(shown.username),
        problem: shown.problem,
        providers: &provider::lines(providers),
        min_length: app.config.email_password.min_length,
    };
    form_page(app, status, &page, return_to)
}
