//! `POST /sign-in/email`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Serialize;

use super::password;
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        body::Media,
        email,
        error::{self, Code, Error, Result},
        extract::Input,
        fields::{Fields, Form},
        issue::{self, Remember, Via, Wish},
        jar::Jar,
        limit,
        verification::mail_link,
        view,
        visitor::Visitor,
    },
    config::Secret,
    crypto::password::Check,
    store::{Account, Session, User, UserId},
};

/// What signs in.
pub(crate) struct SignIn {
    /// As typed.
    pub(crate) email: String,
    /// As typed.
    pub(crate) password: Secret,
    /// Where to go afterwards; checked already.
    pub(crate) callback_url: Option<String>,
    /// Whether the session outlives the browser.
    pub(crate) remember: Remember,
}

impl Form for SignIn {
    const MEDIA: Media = Media::JsonOrForm;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.text("email"),
            password: Secret::new(fields.text("password")),
            callback_url: fields.optional_text("callbackURL"),
            remember: Remember::unless_declined(fields.optional_flag("rememberMe")),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct Answer<'a> {
    redirect: bool,
    token: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    user: view::User<'a>,
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<SignIn>,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let url = form.callback_url.clone();
    let (user, session) = sign_in(&app, form, visitor, &jar).await?;
    Ok(signed_in(&app, &user, &session, url.as_deref()))
}

/// The answer to who has signed in, and where to go.
pub(crate) fn signed_in(app: &App, user: &User, session: &Session, url: Option<&str>) -> Response {
    let target = url.filter(|url| !url.is_empty());
    let (token, user) = (session.token.expose(), view::User::of(app, user));
    let mut response = Json(Answer { redirect: target.is_some(), token, url, user }).into_response();
    if let Some(location) = target.and_then(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// An address as a header may carry it.
fn location(url: &str) -> Option<HeaderValue> {
    HeaderValue::try_from(utf8_percent_encode(url, CONTROLS).to_string()).ok()
}

/// Signs in whoever knows the password. Unknown addresses take as long as known ones and get the same answer.
pub(crate) async fn sign_in(app: &App, form: SignIn, visitor: Visitor, jar: &Jar) -> Result<(User, Session)> {
    if !app.config.email_password.enabled {
        return Err(error::EMAIL_PASSWORD_DISABLED.into());
    }
    let email = email::canonical(&form.email).ok_or(error::INVALID_EMAIL)?;
    password::check_presented(app, form.password.expose())?;
    let wish = Claim {
        who: &email,
        user: app.store.user_by_email(&email).await?,
        password: form.password,
        callback_url: form.callback_url.as_deref(),
        remember: form.remember,
        via: Via::Email,
        wrong: error::INVALID_EMAIL_OR_PASSWORD,
    };
    claim(app, wish, visitor, jar).await
}

/// An account that somebody wants into by password.
pub(crate) struct Claim<'a> {
    /// Whose, as it was typed, in its canonical form.
    pub(crate) who: &'a str,
    /// The account, if there is such.
    pub(crate) user: Option<User>,
    /// As typed.
    pub(crate) password: Secret,
    /// Where the link leads that may have to be mailed first; checked already.
    pub(crate) callback_url: Option<&'a str>,
    /// Whether the session outlives the browser.
    pub(crate) remember: Remember,
    /// By which name.
    pub(crate) via: Via<'a>,
    /// What is told to who does not know the password.
    pub(crate) wrong: Code,
}

/// Signs in whoever knows the password.
pub(crate) async fn claim(app: &App, claim: Claim<'_>, visitor: Visitor, jar: &Jar) -> Result<(User, Session)> {
    let outcome = prove_and_issue(app, claim, visitor, jar).await;
    let result = if outcome.is_ok() { "ok" } else { "refused" };
    app.metrics.sign_ins.with_label_values(&["password", result]).inc();
    outcome
}

async fn prove_and_issue(app: &App, claim: Claim<'_>, visitor: Visitor, jar: &Jar) -> Result<(User, Session)> {
    // One account is guessed at, by whichever name.
    let account = claim.user.as_ref().map_or_else(|| claim.who.to_owned(), |user| user.email.clone());
    let attempt = limit::Attempt::begin(app, &account).await?;
    let proof = prove(app, &claim, &visitor).await;
    if !matches!(proof, Err(Error::Refused(code)) if code == claim.wrong) {
        attempt.take_back().await;
    }
    let user = proof?;
    if app.config.email_password.require_verification && !user.email_verified {
        if app.config.email_verification.send_on_sign_in {
            mail_link(app, &user, &visitor, claim.callback_url).await?;
        }
        note_refusal(app, &claim, &visitor, error::EMAIL_NOT_VERIFIED).await;
        return Err(error::EMAIL_NOT_VERIFIED.into());
    }
    let wish = Wish { jar, visitor, remember: claim.remember, via: claim.via };
    let session = issue::sign_in(app, &user, wish).await?;
    Ok((user, session))
}

/// The user whose password it is.
async fn prove(app: &App, claim: &Claim<'_>, visitor: &Visitor) -> Result<User> {
    let (user, password) = (claim.user.clone(), &claim.password);
    // Asked for nobody's account too, so that unknown addresses cost the same queries.
    let owner = user.as_ref().map_or_else(|| UserId::from(""), |user| user.id.clone());
    let account = app.store.credential_of(&owner).await?;
    let stored = account.as_ref().and_then(|account| account.password.clone());
    let check = app.passwords.verify(stored, password.clone()).await?;
    let (Check::Right { outdated }, Some(user), Some(account)) = (check, user, account) else {
        note_refusal(app, claim, visitor, claim.wrong).await;
        return Err(claim.wrong.into());
    };
    if outdated {
        renew_hash(app, account, password.clone());
    }
    Ok(user)
}

/// The same entry whether or not the address is somebody's.
async fn note_refusal(app: &App, claim: &Claim<'_>, visitor: &Visitor, code: Code) {
    let user = claim.user.as_ref().map(|user| &user.id);
    let act = visitor.act_as(Actor::Nobody, What::SignIn).about_address(app, claim.who, user).refused(code.name);
    app.note(act.with("method", claim.via.name())).await;
}

/// Replaces a hash of an older kind while the password is at hand; nobody waits for it.
fn renew_hash(app: &App, account: Account, password: Secret) {
    let Some(old) = account.password else { return };
    let app = app.clone();
    tokio::spawn(async move {
        // When the workers are busy it is left for the next sign-in.
        let Ok(new) = app.passwords.hash(password).await else { return };
        if let Err(error) = app.store.replace_password_hash(&account.id, old.expose(), &new).await {
            tracing::warn!(%error, "an old password hash could not be replaced");
        }
    });
}
