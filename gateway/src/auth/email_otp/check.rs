//! `POST /email-otp/check-verification-otp`

use axum::{Json, extract::State};

use super::code::{self, Purpose};
use crate::{
    app::App,
    auth::{
        email,
        error::{self, Result},
        extract::Input,
        fields::{Fields, Form},
        view::Success,
    },
    config::Secret,
    store::After,
};

/// A code, and what it is for.
pub(super) struct Check {
    email: String,
    purpose: Option<Purpose>,
    otp: Secret,
}

impl Form for Check {
    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.text("email");
        let purpose = fields.one_of("type", &Purpose::NAMES).and_then(Purpose::named);
        Self { email, purpose, otp: Secret::new(fields.text("otp")) }
    }
}

pub(super) async fn answer(State(app): State<App>, Input(form): Input<Check>) -> Result<Json<Success>> {
    let email = email::canonical(&form.email).ok_or(error::INVALID_EMAIL)?;
    let purpose = form.purpose.ok_or(error::INVALID_OTP)?;
    code::check(&app, &purpose.identifier(&email), &email, form.otp.expose(), After::Kept).await?;
    // Whoever knows the code reads the mailbox.
    app.store.user_by_email(&email).await?.ok_or(error::USER_NOT_FOUND)?;
    Ok(Json(Success::DONE))
}
