//! Which passwords are taken for a new account.

use crate::{
    app::App,
    auth::error::{self, Result},
    crypto::password::{BadLength, check_length, is_common},
};

/// Refuses a new password that is too short, too long, or one of those that everybody tries first.
pub(in crate::auth) fn check_new(app: &App, password: &str) -> Result<()> {
    let rules = &app.config.email_password;
    check_length(password, rules.min_length, rules.max_length).map_err(refusal)?;
    if app.config.password.reject_common && is_common(password) {
        return Err(error::PASSWORD_COMPROMISED.into());
    }
    Ok(())
}

/// Refuses a password that is too long to be anybody's, before any work is done on it.
pub(in crate::auth) fn check_presented(app: &App, password: &str) -> Result<()> {
    check_length(password, 0, app.config.email_password.max_length).map_err(|length| refusal(length).into())
}

fn refusal(length: BadLength) -> error::Code {
    match length {
        BadLength::TooShort => error::PASSWORD_TOO_SHORT,
        BadLength::TooLong => error::PASSWORD_TOO_LONG,
    }
}
