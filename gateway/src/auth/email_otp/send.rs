//! `POST /email-otp/send-verification-otp`

use axum::{Json, extract::State};

use super::code::{self, Purpose, Reader};
use crate::{
    app::{
        App,
        audit::{Actor, What},
    },
    auth::{
        email,
        error::{self, Error, Result},
        extract::Input,
        fields::{Fields, Form},
        issue::Via,
        view::Success,
        visitor::Visitor,
    },
};

/// Whom to mail a code, and for what.
pub(super) struct Ask {
    email: String,
    purpose: Option<Purpose>,
}

impl Form for Ask {
    const SIGNS_IN: bool = true;

    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.text("email");
        Self { email, purpose: fields.one_of("type", &Purpose::NAMES).and_then(Purpose::named) }
    }
}

pub(super) async fn answer(State(app): State<App>, Input(form): Input<Ask>, visitor: Visitor) -> Result<Json<Success>> {
    let email = email::canonical(&form.email).ok_or(error::INVALID_EMAIL)?;
    match form.purpose {
        None | Some(Purpose::ChangeEmail) => Err(Error::without_code("Invalid OTP type".to_owned())),
        Some(purpose) => send(&app, purpose, &email, &visitor).await.map(|()| Json(Success::DONE)),
    }
}

/// Mails a code to an address that may have one; to another nothing is sent, which nobody can tell.
pub(crate) async fn send(app: &App, purpose: Purpose, email: &str, visitor: &Visitor) -> Result<()> {
    let user = app.store.user_by_email(email).await?;
    let asked = match purpose {
        Purpose::SignIn => Some(What::LinkAsked),
        Purpose::ForgetPassword => Some(What::PasswordForgot),
        Purpose::EmailVerification | Purpose::ChangeEmail => None,
    };
    if let Some(what) = asked {
        let act = visitor.act_as(Actor::Nobody, what).with("method", Via::EmailOtp.name());
        app.note(act.about_address(app, email, user.as_ref().map(|user| &user.id))).await;
    }
    let may_join = purpose == Purpose::SignIn && !app.config.email_otp.disable_sign_up;
    let reader = match &user {
        Some(user) => Reader::User(user),
        None if may_join => Reader::Newcomer(email),
        None => Reader::Nobody(email),
    };
    code::send(app, purpose, reader, visitor).await
}
