//! The sign-in page and its form.

use auth_ui::pages::{AlreadySignedIn, SignIn};
use axum::{extract::State, response::Response};
use http::{StatusCode, Uri};

use super::{
    check_mail, form_page, html, provider,
    return_to::{ReturnTo, parameter},
    see_other, site,
};
use crate::{
    app::App,
    auth::{
        body::Media,
        email_password::sign_in,
        error::{self, Code, Error, Result},
        extract::{AnySession, Current, Input},
        fields::{Fields, Form, Presence},
        issue::Remember,
        jar::Jar,
        oauth::Providers,
        username,
        visitor::Visitor,
    },
    config::Secret,
};

/// Value of `notice` after an account was made without signing in.
pub(super) const ACCOUNT_MADE: &str = "account-made";

/// Value of `notice` after an account was deleted.
pub(super) const ACCOUNT_DELETED: &str = "account-deleted";

/// Value of `notice` after a new password was set.
pub(super) const PASSWORD_SET: &str = "password-set";

/// Value of `notice` after the link was followed that proves an address.
pub(super) const ADDRESS_PROVED: &str = "verified";

/// Shows the form, or to somebody who is signed in the choice to go on or to switch.
pub(super) async fn show(
    State(app): State<App>,
    uri: Uri,
    providers: Providers,
    AnySession(current): AnySession,
) -> Response {
    let return_to = ReturnTo::of(&app, &uri);
    if let Some(current) = current {
        return already_signed_in(&app, &current, &return_to);
    }
    // The link that proves an address adds it when it could not be followed.
    let error = parameter(&uri, "error");
    let failed = error.is_some();
    let notice = match parameter(&uri, "notice").as_deref() {
        _ if failed => None,
        Some(ACCOUNT_MADE) => Some("If that address was free, your account is ready. Sign in to go on."),
        Some(ACCOUNT_DELETED) => Some("Your account is deleted."),
        Some(PASSWORD_SET) => Some("Your new password is set. Sign in with it."),
        Some(ADDRESS_PROVED) => Some("Your email is verified. Sign in to go on."),
        _ => None,
    };
    let by_provider = parameter(&uri, "from").as_deref() == Some(provider::FROM);
    let problem = error.map(|error| match error.as_str() {
        error if by_provider => provider::wording(error),
        "new_user_signup_disabled" => "There is no account with that email.",
        _ => "That link no longer works. Sign in to be offered another one.",
    });
    page(&app, &providers, StatusCode::OK, &return_to, &Shown { notice, problem, ..Shown::default() })
}

/// The form once more, with what was typed and what is wrong with it.
pub(super) fn again(app: &App, providers: &Providers, return_to: &ReturnTo, email: &str, problem: &str) -> Response {
    page(
        app,
        providers,
        StatusCode::BAD_REQUEST,
        return_to,
        &Shown { email, problem: Some(problem), ..Shown::default() },
    )
}

/// "You are signed in as …".
pub(super) fn already_signed_in(app: &App, current: &Current, return_to: &ReturnTo) -> Response {
    let user = &current.user;
    let page = AlreadySignedIn { site: site(app), name: &user.name, email: &user.email, return_to: return_to.as_str() };
    html(app, StatusCode::OK, &page)
}

/// The form as it comes back.
pub(super) struct Submitted {
    email: String,
    password: Secret,
    remember: Remember,
    return_to: String,
}

impl Form for Submitted {
    const MEDIA: Media = Media::Form;
    const PRESENCE: Presence = Presence::Optional;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.optional_text("email").unwrap_or_default().trim().to_owned(),
            password: Secret::new(fields.optional_text("password").unwrap_or_default()),
            remember: Remember::unless_declined(Some(fields.ticked("remember_me"))),
            return_to: fields.optional_text("rd").unwrap_or_default(),
        }
    }
}

/// Signs in and goes on, or shows the form again and says why not.
pub(super) async fn submit(
    State(app): State<App>,
    Input(form): Input<Submitted>,
    visitor: Visitor,
    jar: Jar,
    providers: Providers,
) -> Result<Response> {
    let return_to = ReturnTo::checked(&app, &form.return_to);
    let wish = sign_in::SignIn {
        email: form.email.clone(),
        password: form.password,
        callback_url: Some(check_mail::callback(&app, &return_to)),
        remember: form.remember,
    };
    // An address has an @, a user name may have one only where the rules for names say so.
    let signed_in = match app.config.username.enabled && !wish.email.contains('@') {
        true => username::sign_in::sign_in(&app, by_name(wish), visitor, &jar).await,
        false => sign_in::sign_in(&app, wish, visitor, &jar).await,
    };
    match signed_in {
        Ok(_) => Ok(see_other(&return_to.or_account(&app))),
        Err(Error::Refused(code)) => {
            let resend = code == error::EMAIL_NOT_VERIFIED;
            let shown = Shown { email: &form.email, problem: Some(wording(code)), resend, notice: None };
            Ok(page(&app, &providers, code.status, &return_to, &shown))
        }
        Err(error) => Err(error),
    }
}

fn by_name(form: sign_in::SignIn) -> username::sign_in::SignIn {
    let sign_in::SignIn { email: username, password, callback_url, remember } = form;
    username::sign_in::SignIn { username, password, remember, callback_url }
}

#[derive(Default)]
struct Shown<'a> {
    email: &'a str,
    problem: Option<&'a str>,
    resend: bool,
    notice: Option<&'a str>,
}

fn page(app: &App, providers: &Providers, status: StatusCode, return_to: &ReturnTo, shown: &Shown<'_>) -> Response {
    let (elsewhere, lines) = (return_to.elsewhere(app), provider::lines(providers));
    let page = SignIn {
        site: site(app),
        return_to: return_to.as_str(),
        email: shown.email,
        user_names: app.config.username.enabled,
        problem: shown.problem,
        notice: shown.notice,
        resend: shown.resend,
        by_link: app.config.magic_link.enabled,
        by_code: app.config.email_otp.enabled,
        forgot_password: app.config.email_password.enabled,
        sign_up: app.config.email_password.enabled && app.config.email_password.sign_up,
        providers: &lines,
        return_host: elsewhere.as_ref().and_then(url::Url::host_str),
    };
    form_page(app, status, &page, return_to)
}

/// The refusals of a form in plain words.
pub(super) fn wording(code: Code) -> &'static str {
    match code {
        error::INVALID_EMAIL => "That is not an email address.",
        error::INVALID_PASSWORD => "That is not your password.",
        error::INVALID_EMAIL_OR_PASSWORD => "That email and password do not go together.",
        error::INVALID_USERNAME_OR_PASSWORD => "That name and password do not go together.",
        error::USERNAME_IS_ALREADY_TAKEN => "Somebody has that user name already. Choose another one.",
        code if code.name == error::USERNAME_TOO_SHORT.name => "That user name is too short.",
        code if code.name == error::USERNAME_TOO_LONG.name => "That user name is too long.",
        code if code.name == error::INVALID_USERNAME.name => "That user name has characters that are not allowed.",
        error::PASSWORD_TOO_SHORT => "That password is too short.",
        error::PASSWORD_TOO_LONG => "That password is too long.",
        error::PASSWORD_COMPROMISED => "Too many people use that password. Choose another one.",
        error::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL => "There is an account with that email already. Sign in instead.",
        error::EMAIL_NOT_VERIFIED => "Follow the link that was mailed to you first.",
        error::BANNED_USER => {
            "This account has been closed. Contact whoever runs this site if you think that is wrong."
        }
        error::INVALID_OTP => "That code is not right.",
        error::OTP_EXPIRED => "That code is too old. Have another one sent.",
        error::TOO_MANY_ATTEMPTS => "That code was tried too often. Have another one sent.",
        error::EMAIL_PASSWORD_DISABLED => "Signing in by password is switched off here.",
        error::EMAIL_PASSWORD_SIGN_UP_DISABLED => "New accounts can't be made here.",
        other => other.message,
    }
}
