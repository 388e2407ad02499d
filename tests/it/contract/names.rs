//! User names and anonymous accounts: every step at the gateway and at the original server.

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET};
use gateway_tests::peers::NodeServer;
use gateway_tests::upstream::Upstream;
use serde_json::{Value, json};

use super::alone;
use super::both::{ADA, Both, PASSWORD};

on_both!(
    names_are_set_as_there,
    signing_in_by_name_is_as_there,
    names_have_options_as_there,
    one_name_goes_to_one_of_many,
    anonymous_accounts_are_as_there,
    an_anonymous_account_ends_with_a_sign_in,
    names_come_along_from_the_original_server
);

const NAMES: &str = "[username]\nenabled = true";
const GUESTS: &str = "[username]\nenabled = true\n[anonymous]\nenabled = true";

fn new(email: &str, more: &Value) -> Value {
    let mut body = json!({ "name": "Ada", "email": email, "password": PASSWORD });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn names_are_set_as_there(database: Database) {
    let mut both = Both::plugged(&database, NAMES, "username", &json!({})).await;
    both.post("with a name", "/sign-up/email", new(ADA, &json!({ "username": "Ada.L" }))).await;
    both.get("session", "/get-session").await;
    let long = "x".repeat(31);
    for name in [json!(""), json!("ab"), json!(long), json!("a b c"), json!(null), json!("ADA.L"), json!("Ada_2")] {
        both.post(&format!("change to {name}"), "/update-user", json!({ "username": name })).await;
        both.get("session", "/get-session").await;
    }
    for shown in [json!(""), json!("Any Thing"), json!(null)] {
        both.post(&format!("show {shown}"), "/update-user", json!({ "displayUsername": shown })).await;
        both.get("session", "/get-session").await;
    }
    both.post("nothing to change", "/update-user", json!({ "colour": "red" })).await;
    both.ours.jar.clear();
    both.theirs.jar.clear();
    both.post("signed out, taken", "/update-user", json!({ "username": "ada_2" })).await;
    both.post("signed out, short", "/update-user", json!({ "username": "a" })).await;
    both.post("signed out, free", "/update-user", json!({ "username": "free" })).await;
    both.post("before the other fields", "/sign-up/email", json!({ "username": "a" })).await;
    both.post("taken, before the other fields", "/sign-up/email", json!({ "username": "Ada_2" })).await;
    both.post("taken like the address", "/sign-up/email", new(ADA, &json!({ "username": "ada_2" }))).await;
    both.post("free, the address is not", "/sign-up/email", new(ADA, &json!({ "username": "free" }))).await;
    both.post("only shown", "/sign-up/email", new("b@example.com", &json!({ "displayUsername": "Bob" }))).await;
    both.post("only shown, no name", "/sign-up/email", new("c@example.com", &json!({ "displayUsername": "C D" })))
        .await;
    let two = json!({ "username": "Dora", "displayUsername": "Dora the Explorer" });
    both.post("both", "/sign-up/email", new("d@example.com", &two)).await;
    both.post("a number", "/sign-up/email", new("e@example.com", &json!({ "username": 7 }))).await;
    both.post("neither", "/sign-up/email", new("f@example.com", &json!({ "username": null }))).await;
    both.end();
}

async fn signing_in_by_name_is_as_there(database: Database) {
    let mut both = Both::plugged(&database, NAMES, "username", &json!({})).await;
    both.post("sign up", "/sign-up/email", new(ADA, &json!({ "username": "Ada.L" }))).await;
    let cases = [
        json!({}),
        json!({ "username": 1, "password": null }),
        json!({ "username": "", "password": PASSWORD }),
        json!({ "username": "ada.l", "password": "" }),
        json!({ "username": "ab", "password": PASSWORD }),
        json!({ "username": "x".repeat(31), "password": PASSWORD }),
        json!({ "username": "a b c", "password": PASSWORD }),
        json!({ "username": "ada.l", "password": "x".repeat(129) }),
        json!({ "username": "ada.l", "password": "wrong" }),
        json!({ "username": "nobody", "password": PASSWORD }),
        json!({ "username": "ada.l", "password": PASSWORD, "rememberMe": "yes" }),
        json!({ "username": "ada.l", "password": PASSWORD, "callbackURL": "http://evil.test" }),
        json!({ "username": "ADA.L", "password": PASSWORD, "callbackURL": "/dash", "rememberMe": false }),
        json!({ "username": "ada.l", "password": PASSWORD, "callbackURL": "" }),
        json!({ "username": "ada.l", "password": PASSWORD }),
    ];
    for body in cases {
        both.post(&format!("sign in {body}"), "/sign-in/username", body).await;
        both.get("session", "/get-session").await;
    }
    for name in [json!(null), json!(""), json!("a"), json!("a b c"), json!("ADA.L"), json!("free")] {
        both.post(&format!("is {name} free"), "/is-username-available", json!({ "username": name })).await;
    }
    both.end();
}

async fn names_have_options_as_there(database: Database) {
    let config = "[username]\nenabled = true\nimmutable_username = true\nmin_username_length = 2\n\
                  max_username_length = 5\nvalidation_order.username = \"post-normalization\"";
    let options = json!({ "username": {
        "immutableUsername": true, "minUsernameLength": 2, "maxUsernameLength": 5,
        "validationOrder": { "username": "post-normalization" },
    } });
    let mut both = Both::plugged(&database, config, "username", &options).await;
    both.post("sign up", "/sign-up/email", new(ADA, &json!({ "username": "Al" }))).await;
    for name in ["A", "AbcdeF", "AL", "other"] {
        both.post(&format!("change to {name}"), "/update-user", json!({ "username": name })).await;
    }
    both.post("take away", "/update-user", json!({ "username": null })).await;
    both.post("set again", "/update-user", json!({ "username": "other" })).await;
    both.get("session", "/get-session").await;
    both.end();
}

async fn one_name_goes_to_one_of_many(database: Database) {
    let gateway = alone(&database).config(NAMES).config("[rate_limit]\nenabled = false").start().await;
    let tries = (0..8).map(|number| {
        let person = gateway.anon();
        let body = new(&format!("u{number}@example.com"), &json!({ "username": "wanted" }));
        async move { person.post("/api/auth/sign-up/email", body).await }
    });
    let mut made = 0;
    for answer in futures_util::future::join_all(tries).await {
        match answer.status.as_u16() {
            200 => made += 1,
            _ => assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "USERNAME_IS_ALREADY_TAKEN")),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(database.count(r#"select count(*) from "user" where username = 'wanted'"#).await, 1);
}

async fn anonymous_accounts_are_as_there(database: Database) {
    let mut both = Both::plugged(&database, GUESTS, "username,anonymous", &json!({})).await;
    both.post("nobody is none", "/delete-anonymous-user", json!({})).await;
    both.post("sign in", "/sign-in/anonymous", json!({})).await;
    both.get("session", "/get-session").await;
    both.post("once more", "/sign-in/anonymous", json!({})).await;
    both.get("ways to sign in", "/list-accounts").await;
    both.post("one can't make oneself anonymous", "/update-user", json!({ "isAnonymous": false })).await;
    both.post("nor be not", "/update-user", json!({ "isAnonymous": true })).await;
    both.post("a wrong password ends nothing", "/sign-in/email", json!({ "email": ADA, "password": "wrong" })).await;
    both.get("still there", "/get-session").await;
    both.post("the end", "/delete-anonymous-user", json!({})).await;
    both.get("nobody", "/get-session").await;
    both.post("an account proper", "/sign-up/email", new(ADA, &json!({ "isAnonymous": true }))).await;
    both.post("which is not anonymous", "/delete-anonymous-user", json!({})).await;
    both.end();
}

async fn an_anonymous_account_ends_with_a_sign_in(database: Database) {
    let gateway = alone(&database).config(GUESTS).config("[rate_limit]\nenabled = false").start().await;
    let guests = r#"select count(*) from "user" where "isAnonymous""#;
    let ada = gateway.anon();
    let guest = async |person: &Person| {
        person.post("/api/auth/sign-in/anonymous", json!({})).await.expect(200).json()["user"]["id"].clone()
    };
    let first = guest(&ada).await;
    let made = ada.post("/api/auth/sign-up/email", new(ADA, &json!({ "username": "ada" }))).await;
    let made = made.expect(200);
    let told = gateway_audit(&database, &first).await;
    assert_eq!(told, made.json()["user"]["id"], "the audit log tells whose the guest has become");
    let again = gateway.anon();
    guest(&again).await;
    again.post("/api/auth/sign-in/username", json!({ "username": "ada", "password": "wrong" })).await.expect(401);
    assert_eq!(database.count(&is_true(&database, guests)).await, 1, "who does not get in stays a guest");
    let in_by_name = json!({ "username": "ada", "password": PASSWORD });
    again.post("/api/auth/sign-in/username", in_by_name).await.expect(200);
    assert_eq!(database.count(&is_true(&database, guests)).await, 0);
    let by_page = gateway.anon();
    guest(&by_page).await;
    let form = by_page.ask(http::Method::POST, "/auth/sign-in").as_navigation();
    form.form(&[("email", "Ada"), ("password", PASSWORD)]).send().await.expect(303);
    assert_eq!(by_page.session().await["user"]["email"], ADA, "the page takes a user name, too");
    assert_eq!(database.count(&is_true(&database, guests)).await, 0);
}

/// SQLite knows no truth values.
fn is_true(database: &Database, query: &str) -> String {
    if database.is_sqlite() { format!("{query} = 1") } else { query.to_owned() }
}

async fn gateway_audit(database: &Database, guest: &Value) -> String {
    let id = guest.as_str().unwrap();
    let query = format!("select actor_id from gateway_audit where what = 'anonymous.link' and subject_id = '{id}'");
    database.text(&query).await.unwrap_or_default()
}

async fn names_come_along_from_the_original_server(database: Database) {
    let node = tokio::task::block_in_place(|| {
        NodeServer::on(&database.url(), SECRET).plugins("username,anonymous").migrate().start()
    });
    let there = node.anon();
    there.post("/api/auth/sign-up/email", new(ADA, &json!({ "username": "Ada.L" }))).await.expect(200);
    let upstream = Upstream::start().await;
    let gateway = Gateway::on(&database).upstream(upstream.address()).config(GUESTS);
    let gateway = gateway.config("[password]\nrehash = false\n[admin]\nenabled = false").start().await;
    let here = there.at(&gateway.url(""), gateway.origin());
    assert_eq!(here.session().await, there.session().await, "the old session says the same, names included");
    let by_name = gateway.anon();
    by_name.post("/api/auth/sign-in/username", json!({ "username": "ada.l", "password": PASSWORD })).await.expect(200);
    let bob = gateway.anon();
    let taken = bob.post("/api/auth/sign-up/email", new("b@example.com", &json!({ "username": "ADA.L" }))).await;
    assert_eq!(taken.code(), "USERNAME_IS_ALREADY_TAKEN");
    let guest = gateway.anon();
    guest.post("/api/auth/sign-in/anonymous", json!({})).await.expect(200);
    let guest_there = guest.at(&node.url(), &node.url());
    assert_eq!(guest_there.session().await["user"]["isAnonymous"], true, "and the other server knows ours");
}
