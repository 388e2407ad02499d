//! The HTTP contract of the auth API.

mod account;
mod admin;
mod admin_rules;
mod both;
mod by_mail;
mod change_email;
mod codes;
mod cookies;
mod devices;
mod email_otp;
mod input;
mod jwt;
mod last_login_method;
mod lifetime;
mod like_node;
mod limits;
mod magic_link;
mod mails;
mod names;
mod official_client;
mod official_names;
mod older_clients;
mod origin;
mod passwords;
mod providers;
mod sessions;
mod social;
mod user;
mod verification;

use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};

/// A gateway whose upstream is never asked.
fn alone(database: &Database) -> Setup {
    Gateway::on(database).upstream("127.0.0.1:9")
}

/// The same on an SQLite database of its own.
async fn gateway() -> Gateway {
    alone(&Database::sqlite()).start().await
}
