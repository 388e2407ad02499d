//! The gateways that are measured, and who is signed in at them.

use std::fmt::Write;

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use gateway_tests::client::{PASSWORD, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET, Setup};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;

/// Name of the session cookie as the gateway sets it over plain HTTP.
const COOKIE: &str = "better-auth.session_token";

/// A gateway with one person signed in.
pub(crate) struct Scene {
    /// The gateway.
    pub(crate) gateway: Gateway,
    /// Somebody with a session.
    pub(crate) ada: Person,
}

/// A gateway as it is deployed, but for what would hinder the measurement: no rate limit, a quiet log, and as many
/// connections from one address as the load generator needs.
pub(crate) fn setup(database: &Database, upstream: &str) -> Setup {
    Gateway::on(database).upstream(upstream).config(
        "[server]\nmax_connections_per_address = 5000\n[telemetry]\nlevel = \"warn\"\n[rate_limit]\nenabled = false",
    )
}

impl Scene {
    /// Starts it and signs somebody up.
    pub(crate) async fn start(setup: Setup) -> Self {
        let gateway = setup.start().await;
        let ada = gateway.user("ada").await;
        Self { gateway, ada }
    }

    /// Process id of the gateway.
    pub(crate) fn pid(&mut self) -> u32 {
        self.gateway.process().id()
    }

    /// Ada's `Cookie` header line.
    pub(crate) fn cookie(&self) -> String {
        format!("Cookie: {}", self.ada.session_cookie())
    }

    /// What she sends to sign in.
    pub(crate) fn sign_in(&self) -> String {
        json!({ "email": self.ada.email, "password": PASSWORD }).to_string()
    }
}

/// The `Cookie` header line of a session with this token, signed as the gateway signs.
pub(crate) fn cookie_of(token: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(token.as_bytes());
    let signature = BASE64_STANDARD.encode(mac.finalize().into_bytes());
    let mut line = format!("Cookie: {COOKIE}={token}.");
    for character in signature.chars() {
        match character {
            '+' => line.push_str("%2B"),
            '/' => line.push_str("%2F"),
            '=' => line.push_str("%3D"),
            plain => write!(line, "{plain}").expect("a string can be written to"),
        }
    }
    line
}

/// The token of the `number`th session of [`crowd`].
pub(crate) fn token_of(number: usize) -> String {
    format!("{number:032}")
}

/// Puts `count` users with a session each into the database, past every gateway; whatever isn't counted up is copied
/// from Ada's rows.
pub(crate) async fn crowd(database: &Database, ada: &Person, count: usize) -> Result<()> {
    let padded = if database.is_sqlite() { "printf('%032d', n.i)" } else { "lpad(n.i::text, 32, '0')" };
    let numbers = format!("with recursive n(i) as (select 1 union all select i + 1 from n where i < {count})");
    let token = ada.token();
    database
        .execute(&format!(
            r#"{numbers} insert into "user" ("id", "name", "email", "emailVerified", "createdAt", "updatedAt", "role")
               select {padded}, 'Member Number ' || n.i, 'member.' || n.i || '@example.com', u."emailVerified",
                      u."createdAt", u."updatedAt", 'user'
               from n, "session" s join "user" u on u."id" = s."userId" where s."token" = '{token}'"#
        ))
        .await;
    database
        .execute(&format!(
            r#"{numbers} insert into "session" ("id", "token", "userId", "expiresAt", "createdAt", "updatedAt",
                                                "ipAddress", "userAgent")
               select {padded}, {padded}, {padded}, s."expiresAt", s."createdAt", s."updatedAt", '192.0.2.1',
                      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
               from n, "session" s where s."token" = '{token}'"#
        ))
        .await;
    Ok(())
}
