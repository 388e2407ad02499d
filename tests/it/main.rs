//! Stories told by personas against the real executable, real databases and real proxies.

#![expect(clippy::unwrap_used, reason = "a story ends where it goes wrong")]

/// Tells each story once on SQLite and once on PostgreSQL.
macro_rules! on_both {
    ($($story:ident),* $(,)?) => { $(
        mod $story {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$story(gateway_tests::db::Database::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                super::$story(gateway_tests::db::Database::postgres().await).await;
            }
        }
    )* };
}

mod adopt;
mod adoption;
mod audit;
mod cli;
mod cli_users;
mod contract;
mod dependencies;
mod forward_auth;
mod harness;
mod mail;
mod oauth;
mod openapi;
mod operation;
mod pages;
mod policies;
mod proxy;
mod revocation;
mod sign_up;
mod streams;
mod tidy;
mod tokens;
