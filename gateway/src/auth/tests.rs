//! The API and the pages through the router, over a real SQLite file, with a clock that only moves when told to.

mod account_page;
mod accounts;
mod bearer;
mod browser;
mod by_mail;
mod deleting;
mod gate;
mod limits;
mod links;
mod mail_pages;
mod new_device;
mod origin;
mod pages;
mod passwords;
mod session_copy;
mod sessions;
mod sign_in;
mod sign_up;
mod transport;
mod verification;
