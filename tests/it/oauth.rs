//! Signing in with others: a certified OpenID provider, its own pages, and the real redirects between.

mod linking;
mod sign_out;
mod tabs;
mod there_and_back;
mod tokens;
mod trouble;

use gateway_tests::client::{Answer, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::peers::{OpenIdProvider, Visitor};
use serde_json::{Value, json};

/// No limits: the stories begin more sign-ins than one address may.
const UNLIMITED: &str = "[rate_limit]\nenabled = false\n";

/// A gateway with a provider and more of a configuration; not yet started.
fn set_up(database: &Database, provider: &OpenIdProvider, settings: &str, config: &str) -> Setup {
    let setup = Gateway::on(database).upstream("127.0.0.1:9").config(UNLIMITED);
    setup.config(&provider.section(settings)).config(config)
}

/// A gateway and the provider `acme`.
async fn with_provider(database: &Database) -> (Gateway, OpenIdProvider) {
    let provider = tokio::task::block_in_place(OpenIdProvider::start);
    let gateway = set_up(database, &provider, "", "").start().await;
    (gateway, provider)
}

/// What most sign-ins ask for.
fn wish() -> Value {
    json!({ "provider": "acme", "callbackURL": "/dash", "newUserCallbackURL": "/welcome", "errorCallbackURL": "/failed" })
}

/// Begins a sign-in; gives the address to go to.
async fn begin(person: &Person, wish: Value) -> String {
    begin_at(person, "/api/auth/sign-in/social", wish).await
}

async fn begin_at(person: &Person, path: &str, wish: Value) -> String {
    let answer = person.post(path, wish).await.expect(200).json();
    assert_eq!(answer["redirect"], true);
    answer["url"].as_str().expect("there is an address").to_owned()
}

/// Follows the address to which the provider sent the person back.
async fn come_back(person: &Person, location: &str) -> Answer {
    let path = location.find("/api/auth").map(|at| &location[at..]).expect("it is the gateway's");
    person.get(path).await.expect(302)
}

/// Signs in as `who`; gives where the browser goes on.
async fn sign_in(person: &Person, visitor: &Visitor, who: &str) -> String {
    let url = begin(person, wish()).await;
    let answer = come_back(person, &visitor.sign_in(&url, who).await).await;
    answer.header("location").expect("it leads on").to_owned()
}

/// The user's ways to sign in, without the password.
async fn provider_accounts(person: &Person) -> Vec<Value> {
    let accounts = person.get("/api/auth/list-accounts").await.expect(200).json();
    let all = accounts.as_array().expect("a list").clone();
    all.into_iter().filter(|account| account["providerId"] != "credential").collect()
}
