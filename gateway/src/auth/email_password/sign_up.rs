//! `POST /sign-up/email`

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::request::Parts;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::password;
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        body::Media,
        email_otp::{
            self,
            code::{self, Purpose, Reader},
        },
        error::{self, Code, Error, Result},
        extract::Input,
        fields::{Fields, Form, Presence},
        issue::{self, Remember, Via, Wish},
        jar::Jar,
        last_method,
        newcomer::newcomer,
        username::{self, Names},
        verification::{mail_link, pretend_link},
        view,
        visitor::Visitor,
        welcome,
    },
    config::Secret,
    crypto::token,
    store::{self, NewCredential, NewUser, UserId},
};

/// Most characters of a name.
pub(crate) const MOST_NAME: usize = 256;

/// Fields of the user that only an admin sets.
pub(crate) const NOT_ALLOWED: &[&str] = &["role", "banReason", "banExpires"];

/// What makes an account.
pub(crate) struct SignUp {
    /// What the user is called.
    pub(crate) name: String,
    /// Already in the form it is stored in.
    pub(crate) email: String,
    /// As typed.
    pub(crate) password: Secret,
    /// Address of a picture.
    pub(crate) image: Option<String>,
    /// Where the link goes that proves the address; checked already.
    pub(crate) callback_url: Option<String>,
    /// Whether the session outlives the browser.
    pub(crate) remember: Remember,
    /// Names to sign in with.
    pub(crate) names: Names,
    /// A field that was set and must not be.
    pub(crate) not_allowed: Option<&'static str>,
}

impl Form for SignUp {
    const MEDIA: Media = Media::JsonOrForm;
    const PRESENCE: Presence = Presence::RequiredOpen;
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields.text("name");
        fields.at_most("name", &name, MOST_NAME);
        let email = fields.email("email");
        let password = Secret::new(fields.filled_text("password"));
        let image = fields.optional_text("image");
        let callback_url = fields.optional_text("callbackURL");
        let remember = Remember::unless_declined(fields.optional_flag("rememberMe"));
        let (names, not_allowed) = (Names::read(fields), fields.first_set(NOT_ALLOWED));
        Self { name, email, password, image, callback_url, remember, names, not_allowed }
    }

    async fn before(app: &App, _: &mut Parts, body: Option<&Value>) -> Result<()> {
        username::sign_up(app, body).await
    }
}

/// What came of it.
pub(crate) struct SignedUp {
    /// The new user, or one that looks like it when the address is taken and that is not to be known.
    pub(crate) user: store::User,
    /// The session, unless signing up does not sign in.
    pub(crate) session: Option<store::Session>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) struct Answer<'a> {
    token: Option<&'a str>,
    user: view::User<'a>,
}

pub(super) async fn answer(
    State(app): State<App>,
    Input(form): Input<SignUp>,
    visitor: Visitor,
    jar: Jar,
) -> Result<Response> {
    let made = sign_up(&app, form, visitor, &jar).await?;
    let token = made.session.as_ref().map(|session| session.token.expose());
    Ok(Json(Answer { token, user: view::User::of(&app, &made.user) }).into_response())
}

/// Makes the account. The hash is computed whether or not the address is taken.
pub(crate) async fn sign_up(app: &App, form: SignUp, visitor: Visitor, jar: &Jar) -> Result<SignedUp> {
    let rules = &app.config.email_password;
    if !rules.enabled || !rules.sign_up {
        return Err(error::EMAIL_PASSWORD_SIGN_UP_DISABLED.into());
    }
    password::check_new(app, form.password.expose())?;
    if let Some(field) = form.not_allowed.filter(|_| app.config.admin.enabled) {
        return Err(Error::field_not_allowed(field));
    }
    let hash = app.passwords.hash(form.password.clone()).await?;
    let new = new_user(app, &form, hash)?;
    let signs_in = rules.auto_sign_in && !rules.require_verification;
    let wish = Wish { jar, visitor: visitor.clone(), remember: form.remember, via: Via::Email };
    let callback = form.callback_url.as_deref();
    match issue::sign_up(app, &new, signs_in.then_some(wish)).await {
        Ok((user, session)) => {
            if session.is_none() {
                note(app, &visitor, &new.email, Ok(&user.id)).await;
            }
            welcome::greet(app, &new, visitor.language).await;
            if sends_link(app) {
                posted(mail_link(app, &user, &visitor, callback).await);
            }
            if email_otp::is_sent_on_sign_up(app) {
                posted(send_code(app, Reader::User(&user), &visitor).await);
            }
            Ok(SignedUp { user, session })
        }
        Err(taken) if taken.is_taken_email() => {
            note(app, &visitor, &new.email, Err(error::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL)).await;
            if signs_in {
                return Err(error::USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL.into());
            }
            welcome::pretend(app, &new, visitor.language).await;
            if sends_link(app) {
                posted(pretend_link(app, &new.email, &visitor, callback).await);
            }
            if email_otp::is_sent_on_sign_up(app) {
                posted(send_code(app, Reader::Nobody(&new.email), &visitor).await);
            }
            Ok(SignedUp { user: look_alike(app, new), session: None })
        }
        Err(taken) if taken.is_taken_username() => Err(error::USERNAME_IS_ALREADY_TAKEN.into()),
        Err(error) => Err(error.into()),
    }
}

/// Notes what came of a sign-up that has not signed in: the same entry whether or not the address was free.
async fn note(app: &App, visitor: &Visitor, email: &str, made: std::result::Result<&UserId, Code>) {
    let act = match made {
        Ok(user) => visitor.act_as(Actor::User(user.clone()), What::SignUp).about(user),
        Err(code) => visitor.act_as(Actor::Nobody, What::SignUp).about_address(app, email, None).refused(code.name),
    };
    app.note(act.with("method", Via::Email.name())).await;
}

/// Whether a new account is mailed the link that proves its address.
fn sends_link(app: &App) -> bool {
    app.config.email_verification.send_on_sign_up.unwrap_or(app.config.email_password.require_verification)
}

/// Mails the code that proves the address of a new account.
async fn send_code(app: &App, to: Reader<'_>, visitor: &Visitor) -> Result<()> {
    code::send(app, Purpose::EmailVerification, to, visitor).await
}

/// The account is there whether or not the mail could be posted; another one can be asked for.
fn posted(result: Result<()>) {
    if let Err(error) = result {
        tracing::warn!(?error, "neither link nor code could be posted to a new account");
    }
}

fn new_user(app: &App, form: &SignUp, hash: String) -> Result<NewUser> {
    let names = form.names.for_new(app)?;
    Ok(NewUser {
        username: names.username,
        display_username: names.display,
        image: form.image.clone(),
        last_login_method: last_method::of_new_user(app, Via::Email),
        credential: Some(NewCredential { id: token::id(), hash: Secret::new(hash) }),
        ..newcomer(app, &form.name, &form.email)
    })
}

/// What a new user would have looked like: nobody is to learn that the address is taken.
fn look_alike(app: &App, new: NewUser) -> store::User {
    let now = app.clock.now();
    store::User {
        id: app.store.fitting(new.id.as_str()).into(),
        name: new.name,
        email: new.email,
        email_verified: new.email_verified,
        image: new.image,
        created_at: now,
        updated_at: now,
        banned: new.role.is_some().then_some(false),
        role: new.role,
        username: new.username,
        display_username: new.display_username,
        is_anonymous: new.is_anonymous,
        last_login_method: new.last_login_method,
        ..store::User::default()
    }
}
