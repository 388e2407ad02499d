//! Accounts with an e-mail address and a password.
//!
//! Known and unknown addresses take the same time and get the same answer at sign-in. At sign-up a taken address is told
//! unless nobody is signed in by signing up: then a taken one is answered as a new one.

mod password;
pub(crate) mod sign_in;
pub(crate) mod sign_up;

use axum::{Router, routing::post};

use super::{Flow, limit::Limit};
use crate::app::App;

/// Sign-up and sign-in by e-mail and password. Off or on, the routes exist and say which.
pub(crate) const FLOW: Flow = Flow { id: "email_password", enabled: |_| true, routes, limits: LIMITS };

const LIMITS: &[Limit] = &[Limit::new("/sign-in*", 10, 3), Limit::new("/sign-up*", 10, 3)];

fn routes() -> Router<App> {
    Router::new().route("/sign-up/email", post(sign_up::answer)).route("/sign-in/email", post(sign_in::answer))
}
