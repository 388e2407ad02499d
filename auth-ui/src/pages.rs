//! One struct per page: its fields are all that its template may show.

mod account;
mod already_signed_in;
mod check_mail;
mod enter_code;
mod forgot_password;
mod problem;
mod reset_password;
mod sign_in;
mod sign_up;
mod signed_out;

use askama::Template;

pub use account::{Account, Deletion, SessionLine, WayLine};
pub use already_signed_in::AlreadySignedIn;
pub use check_mail::{CheckMail, MailedLink};
pub use enter_code::EnterCode;
pub use forgot_password::ForgotPassword;
pub use problem::Problem;
pub use reset_password::ResetPassword;
pub use sign_in::SignIn;
pub use sign_up::SignUp;
pub use signed_out::SignedOut;

/// A provider to sign in with.
#[derive(Clone, Copy, Debug)]
pub struct ProviderLine<'a> {
    /// Its id in addresses.
    pub id: &'a str,
    /// What people call it.
    pub name: &'a str,
}

/// A page of this crate. There are no others.
pub trait Page: Template + sealed::Sealed {}

mod sealed {
    /// Keeps [`Page`](super::Page) to this crate.
    pub trait Sealed {}
}

/// Makes the named structs pages.
macro_rules! pages {
    ($($page:ident),+ $(,)?) => {
        $(impl sealed::Sealed for $page<'_> {}
        impl Page for $page<'_> {})+
    };
}

pages!(
    Account,
    AlreadySignedIn,
    CheckMail,
    EnterCode,
    ForgotPassword,
    Problem,
    ResetPassword,
    SignIn,
    SignUp,
    SignedOut
);

/// Sent when a template fails, which takes a formatter that fails: ours only write text into a string.
const FALLBACK: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Something went wrong</title>\
     </head><body><h1>Something went wrong</h1><p>This page could not be shown. Try again.</p></body></html>";

/// Renders any page.
pub fn render<P: Page>(page: &P) -> String {
    page.render().unwrap_or_else(|_| FALLBACK.to_owned())
}

/// What stands in for a picture: the first letter or digit of the name, else of the address.
fn initial(name: &str, email: &str) -> String {
    let letter = name.chars().chain(email.chars()).find(|letter| letter.is_alphanumeric());
    letter.map_or_else(|| "?".to_owned(), |letter| letter.to_uppercase().collect())
}
