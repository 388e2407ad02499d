//! Making codes, mailing them and judging guesses at them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    app::App,
    auth::{
        error::{self, Result},
        limit, mailing,
        visitor::Visitor,
    },
    config::{CodeForm, Resend},
    crypto::token::{self, Alphabet},
    mail::{self, Kind},
    store::{After, Guess, NewVerification, User, Verdict},
};

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Proving an address.
    EmailVerification,
    /// Signing in.
    SignIn,
    /// Setting a new password.
    ForgetPassword,
    /// Moving an account to another address.
    ChangeEmail,
}

/// Whom a code is mailed to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reader<'a> {
    /// A user.
    User(&'a User),
    /// An address, in the form it is stored in, that has no account yet or is to get one.
    Newcomer(&'a str),
    /// Nobody; only the work is done.
    Nobody(&'a str),
}

impl Purpose {
    /// As requests name them, in the order in which errors list them.
    pub(super) const NAMES: [&'static str; 4] = ["email-verification", "sign-in", "forget-password", "change-email"];

    /// The purpose of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let all = [Self::EmailVerification, Self::SignIn, Self::ForgetPassword, Self::ChangeEmail];
        all.into_iter().find(|purpose| purpose.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::EmailVerification => Self::NAMES[0],
            Self::SignIn => Self::NAMES[1],
            Self::ForgetPassword => Self::NAMES[2],
            Self::ChangeEmail => Self::NAMES[3],
        }
    }

    /// What a code for this purpose is kept under; `whose` is the address it proves, and whatever else it is bound to.
    pub(super) fn identifier(self, whose: &str) -> String {
        format!("{}-otp-{whose}", self.name())
    }

    fn mail(self, code: mail::Code) -> Kind {
        match self {
            Self::EmailVerification => Kind::VerifyEmailCode(code),
            Self::SignIn => Kind::SignInCode(code),
            Self::ForgetPassword => Kind::ResetPasswordCode(code),
            Self::ChangeEmail => Kind::ChangeEmailCode(code),
        }
    }
}

impl<'a> Reader<'a> {
    fn email(self) -> &'a str {
        match self {
            Self::User(user) => &user.email,
            Self::Newcomer(email) | Self::Nobody(email) => email,
        }
    }
}

/// Mails a code for a purpose, kept under the reader's address: a new one, or once more the one that still works, as configured.
pub(crate) async fn send(app: &App, purpose: Purpose, to: Reader<'_>, visitor: &Visitor) -> Result<()> {
    let identifier = purpose.identifier(to.email());
    let reused = match app.config.email_otp.resend_strategy {
        Resend::Reuse => reuse(app, &identifier).await?,
        Resend::Rotate => None,
    };
    match reused {
        Some(code) => post(app, purpose, to, code, visitor).await,
        None => send_new(app, purpose, &identifier, to, visitor).await,
    }
}

/// Mails a new code, kept under this identifier.
pub(super) async fn send_new(
    app: &App,
    purpose: Purpose,
    identifier: &str,
    to: Reader<'_>,
    visitor: &Visitor,
) -> Result<()> {
    let code = token::text(app.config.email_otp.otp_length, Alphabet::DIGITS);
    // What is kept for nobody is no code that anybody could say.
    let kept = if matches!(to, Reader::Nobody(_)) { token::id() } else { code.clone() };
    let new = NewVerification {
        id: token::id(),
        identifier: identifier.to_owned(),
        value: format!("{}:0", stored_form(app, &kept)),
        expires_at: app.clock.now() + app.config.email_otp.expires_in.delta(),
    };
    app.store.replace_verification(&new).await?;
    post(app, purpose, to, code, visitor).await
}

async fn post(app: &App, purpose: Purpose, to: Reader<'_>, digits: String, visitor: &Visitor) -> Result<()> {
    let kind = purpose.mail(mail::Code { digits, expires_in: app.config.email_otp.expires_in.0 });
    match to {
        Reader::User(user) => mailing::send(app, user, visitor, kind).await,
        Reader::Newcomer(email) => mailing::send_to_newcomer(app, email, visitor, kind).await,
        Reader::Nobody(email) => mailing::pretend(app, email, visitor, kind).await,
    }
}

/// The code that still works, which then works for as long as a new one; none if it is used up or can't be read back.
async fn reuse(app: &App, identifier: &str) -> Result<Option<String>> {
    let rules = &app.config.email_otp;
    let Some(value) = app.store.verification(identifier).await? else { return Ok(None) };
    let Some((kept, wrong)) = value.rsplit_once(':') else { return Ok(None) };
    let code = match rules.store_otp {
        CodeForm::Plain => Some(kept.to_owned()),
        CodeForm::Encrypted => app.unseal(kept),
        CodeForm::Hashed => None,
    };
    let bears_more = wrong.parse().unwrap_or(0_u32) < rules.allowed_attempts;
    let code = code.filter(|code| bears_more && code.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(code) = code else { return Ok(None) };
    let until = app.clock.now() + rules.expires_in.delta();
    Ok(app.store.extend_verification(identifier, &value, until).await?.then_some(code))
}

/// Judges a guess at a code that was mailed to the owner of an account or an address. Wrong ones count against both the code and,
/// as wrong passwords do, the account.
pub(super) async fn check(app: &App, identifier: &str, account: &str, said: &str, after: After) -> Result<()> {
    let attempt = limit::Attempt::begin(app, account).await?;
    let is_right = |stored: &str| is_right(app, stored, said);
    let verdict = app.store.guess_code(guess(app, identifier, after, &is_right)).await?;
    if !matches!(verdict, Verdict::Wrong | Verdict::TooMany | Verdict::Unknown) {
        attempt.take_back().await;
    }
    told(verdict)
}

/// A guess, with as many wrong ones allowed as configured.
pub(super) fn guess<'a>(
    app: &App,
    identifier: &'a str,
    after: After,
    is_right: &'a (dyn Fn(&str) -> bool + Sync),
) -> Guess<'a> {
    Guess { identifier, allowed: app.config.email_otp.allowed_attempts, after, is_right }
}

/// What is answered to a guess.
pub(super) fn told(verdict: Verdict) -> Result<()> {
    match verdict {
        Verdict::Right => Ok(()),
        Verdict::Wrong | Verdict::Unknown => Err(error::INVALID_OTP.into()),
        Verdict::TooMany => Err(error::TOO_MANY_ATTEMPTS.into()),
        Verdict::Expired => Err(error::OTP_EXPIRED.into()),
    }
}

fn stored_form(app: &App, code: &str) -> String {
    match app.config.email_otp.store_otp {
        CodeForm::Plain => code.to_owned(),
        CodeForm::Hashed => hashed(code),
        CodeForm::Encrypted => app.seal(code),
    }
}

/// Whether a stored code is the one that was said.
pub(super) fn is_right(app: &App, stored: &str, said: &str) -> bool {
    let same = |a: &str, b: &str| a.as_bytes().ct_eq(b.as_bytes()).into();
    match app.config.email_otp.store_otp {
        CodeForm::Plain => same(stored, said),
        CodeForm::Hashed => same(stored, &hashed(said)),
        CodeForm::Encrypted => app.unseal(stored).is_some_and(|code| same(&code, said)),
    }
}

fn hashed(code: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(code))
}
