//! `POST /sign-in/social`, `POST /link-social`: the way to another provider, of which none is configured in this version.

use http::StatusCode;
use serde_json::Value;

use crate::auth::{
    error::{self, Result},
    extract::{Input, StoredSession},
    fields::{Fields, Form},
};

/// Parameters of the provider's address that only we set.
const RESERVED: [&str; 8] = [
    "state",
    "client_id",
    "redirect_uri",
    "response_type",
    "code_challenge",
    "code_challenge_method",
    "nonce",
    "scope",
];

/// A wish to sign in with a provider.
pub(super) struct SignIn;

/// A wish to add a provider's account to one's own.
pub(super) struct Link;

impl Form for SignIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.optional_text("callbackURL");
        fields.optional_text("newUserCallbackURL");
        fields.optional_text("errorCallbackURL");
        provider(fields);
        fields.optional_flag("disableRedirect");
        fields.optional_object("idToken", |token| {
            id_token(token);
            token.optional_number("expiresAt");
            token.optional_object("user", |user| {
                user.optional_object("name", |name| {
                    name.optional_text("firstName");
                    name.optional_text("lastName");
                });
                user.optional_text("email");
            });
        });
        fields.optional_texts("scopes");
        fields.optional_flag("requestSignUp");
        additions(fields);
        Self
    }
}

impl Form for Link {
    fn read(fields: &mut Fields<'_>) -> Self {
        fields.optional_text("callbackURL");
        provider(fields);
        fields.optional_object("idToken", id_token);
        fields.optional_flag("requestSignUp");
        fields.optional_texts("scopes");
        fields.optional_text("errorCallbackURL");
        fields.optional_flag("disableRedirect");
        additions(fields);
        Self
    }
}

fn provider(fields: &mut Fields<'_>) {
    fields.note("provider", true, || serde_json::json!({ "type": "string" }));
    if !fields.value("provider").is_some_and(Value::is_string) {
        fields.complain("provider", "Invalid input");
    }
}

fn id_token(fields: &mut Fields<'_>) {
    fields.text("token");
    fields.optional_text("nonce");
    fields.optional_text("accessToken");
    fields.optional_text("refreshToken");
}

fn additions(fields: &mut Fields<'_>) {
    fields.optional_text("loginHint");
    let names = fields.optional_record_of_texts("additionalParams");
    if names.iter().any(|name| RESERVED.contains(&name.as_str())) {
        let reserved = RESERVED.join(", ");
        fields.complain(
            "additionalParams",
            &format!("additionalParams cannot include reserved OAuth parameters: {reserved}"),
        );
    }
    fields.optional_record("additionalData");
}

pub(super) async fn sign_in(_: Input<SignIn>) -> Result<StatusCode> {
    Err(error::PROVIDER_NOT_FOUND.into())
}

pub(super) async fn link(_: Input<Link>, _: StoredSession) -> Result<StatusCode> {
    Err(error::PROVIDER_NOT_FOUND.into())
}
