//! Sign-in by a mailed link, step by step beside the original server, and what happens when several follow one link.

use futures_util::future::join_all;
use gateway_tests::db::Database;
use gateway_tests::gateway::SECRET;
use gateway_tests::mailbox::Mailbox;
use gateway_tests::peers::{NodeServer, OfficialClient};
use http::Method;
use serde_json::{Value, json};

use super::{
    alone,
    both::{ADA, Both, Original, PASSWORD},
    mails::{Mailed, links},
};

on_both!(
    a_link_makes_an_account_and_signs_in,
    what_is_wrong_is_told_the_same,
    an_account_that_nobody_had_proved_is_taken_over,
    without_sign_up_strangers_stay_outside,
    links_are_limited_alike,
    of_many_who_follow_a_link_one_gets_in,
    two_links_for_one_new_address_make_one_account,
    a_hashed_link_of_either_server_is_good_at_the_other,
    the_official_client_is_led_through
);

const ON: &str = "[magic_link]\nenabled = true";

async fn both(database: &Database) -> Both {
    Both::plugged(database, ON, "magic-link", &json!({})).await
}

impl Both {
    async fn ask_for_link(&mut self, what: &str, body: Value) {
        self.post(what, "/sign-in/magic-link", body).await;
    }

    /// Asks for a link, the `count`th, and follows it.
    async fn come_by_link(&mut self, what: &str, count: usize, body: Value) -> [Mailed; 2] {
        self.ask_for_link(what, body).await;
        let mailed = self.mailed(count).await;
        self.follow(what, &mailed).await;
        mailed
    }
}

async fn a_link_makes_an_account_and_signs_in(database: Database) {
    let mut both = both(&database).await;
    let everything = json!({
        "email": ADA, "name": "Ada", "callbackURL": "/dash?x=1&y=a b", "newUserCallbackURL": "/welcome",
        "errorCallbackURL": "/sorry", "metadata": { "from": "a story" }, "unknown": 1
    });
    let mailed = both.come_by_link("with all there is", 1, everything).await;
    both.get("signed in", "/get-session").await;
    both.get("by which ways", "/list-accounts").await;
    both.follow("once more", &mailed).await;
    both.come_by_link("known", 2, json!({ "email": ADA, "callbackURL": "/in", "newUserCallbackURL": "/new" })).await;
    both.come_by_link("to the start page", 3, json!({ "email": ADA })).await;
    both.ask_for_link("read by a program", json!({ "email": "bob@example.com", "callbackURL": "" })).await;
    let paths = both.mailed(4).await.map(|mailed| format!("/api/auth/magic-link/verify?token={}", mailed.token()));
    both.step_at("as JSON", Method::GET, &paths, |ask, _| ask).await;
    both.step_at("as JSON, used", Method::GET, &paths, |ask, _| ask).await;
    both.ask_for_link("late", json!({ "email": ADA, "callbackURL": "/in" })).await;
    let mailed = both.mailed(5).await;
    both.execute(r#"update "verification" set "expiresAt" = '2020-01-01T00:00:00.000Z'"#).await;
    both.follow("too late", &mailed).await;
    both.execute(r#"update "user" set "banned" = true where "email" = 'ada@example.com'"#).await;
    both.come_by_link("banned", 6, json!({ "email": ADA, "callbackURL": "/in" })).await;
    both.end();
}

async fn what_is_wrong_is_told_the_same(database: Database) {
    let mut both = both(&database).await;
    for query in [
        "",
        "?token=nonsense",
        "?token=",
        "?token=a&token=b",
        "?token=nonsense&callbackURL=",
        "?token=nonsense&callbackURL=/in?a=b%23c",
        "?token=nonsense&callbackURL=/in%3Ferror%3Dold%26a%3Db",
        "?token=nonsense&callbackURL=/in&errorCallbackURL=/sorry",
        "?token=nonsense&callbackURL=http://evil.example/",
        "?token=nonsense&errorCallbackURL=//evil.example",
        "?token=nonsense&newUserCallbackURL=dash",
        "?token=nonsense&callbackURL=/in&callbackURL=/out",
        "?callbackURL=http://evil.example/",
    ] {
        both.get(&format!("a link with {query}"), &format!("/magic-link/verify{query}")).await;
    }
    both.step("by POST", Method::POST, "/magic-link/verify", |ask, _| ask.json(&json!({}))).await;
    for body in [
        json!({}),
        json!({ "email": "ada" }),
        json!({ "email": 3, "name": 4, "callbackURL": 5 }),
        json!({ "email": 3, "name": 4, "metadata": [] }),
        json!({ "email": ADA, "name": null }),
        json!({ "email": ADA, "metadata": "text" }),
        json!({ "email": ADA, "newUserCallbackURL": true }),
        json!({ "email": ADA, "callbackURL": "http://evil.example/" }),
        json!({ "email": ADA, "newUserCallbackURL": "//evil.example/" }),
        json!({ "email": ADA, "errorCallbackURL": "evil" }),
        json!([]),
    ] {
        both.ask_for_link(&format!("asked with {body}"), body).await;
    }
    let path = "/sign-in/magic-link";
    both.step("a form", Method::POST, path, |ask, _| ask.form(&[("email", ADA)])).await;
    let evil = "http://evil.example";
    both.step("from elsewhere", Method::POST, path, |ask, _| ask.json(&json!({ "email": ADA })).header("origin", evil))
        .await;
    both.step("by GET", Method::GET, path, |ask, _| ask).await;
    both.end();
}

async fn an_account_that_nobody_had_proved_is_taken_over(database: Database) {
    let mut both = both(&database).await;
    both.new_user().await;
    let intruder = both.somebody_else();
    both.come_by_link(
        "the owner comes",
        1,
        json!({ "email": ADA, "callbackURL": "/in", "newUserCallbackURL": "/new" }),
    )
    .await;
    both.get("the owner is in", "/get-session").await;
    both.get("no password is left", "/list-accounts").await;
    (both.ours, both.theirs) = intruder;
    both.get("the other one is out", "/get-session").await;
    both.post("and stays out", "/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await;
    both.end();
}

async fn without_sign_up_strangers_stay_outside(database: Database) {
    let config = format!("{ON}\ndisable_sign_up = true");
    let options = json!({ "magic-link": { "disableSignUp": true } });
    let mut both = Both::plugged(&database, &config, "magic-link", &options).await;
    let ask = json!({ "email": ADA, "callbackURL": "/in", "errorCallbackURL": "/sorry?why" });
    both.come_by_link("a stranger", 1, ask).await;
    both.get("nobody is in", "/get-session").await;
    both.end();
}

async fn links_are_limited_alike(database: Database) {
    let options = json!({ "rateLimit": { "enabled": true } });
    let original = Original { plugins: "magic-link", options, ..Original::default() };
    let mut both = Both::set_up(&database, &format!("{ON}\n[rate_limit]\nenabled = true"), &original).await;
    for number in 1..=6 {
        both.ask_for_link(&format!("request {number}"), json!({ "email": ADA })).await;
        both.get(&format!("link {number}"), "/magic-link/verify?token=nonsense").await;
    }
    both.end();
}

async fn of_many_who_follow_a_link_one_gets_in(database: Database) {
    let gateway = alone(&database).config(ON).start().await;
    for round in 1..=3 {
        gateway.anon().post("/api/auth/sign-in/magic-link", json!({ "email": ADA })).await.expect(200);
        let link = links(&gateway, round).await.pop().unwrap();
        let path = format!("/api/auth/magic-link/verify?token={}", link.token());
        let visits = (0..8).map(|_| {
            let (person, path) = (gateway.anon(), path.clone());
            async move { person.get(&path).await }
        });
        let answers = join_all(visits).await;
        let with = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert_eq!((with(200), with(302)), (1, 7), "{answers:?}");
        assert_eq!(database.count(r#"select count(*) from "user""#).await, 1);
        assert_eq!(database.count(r#"select count(*) from "session""#).await, i64::try_from(round).unwrap());
    }
}

async fn two_links_for_one_new_address_make_one_account(database: Database) {
    let gateway = alone(&database).config(ON).start().await;
    for name in ["Ada", "Countess"] {
        let ask = json!({ "email": ADA, "name": name });
        gateway.anon().post("/api/auth/sign-in/magic-link", ask).await.expect(200);
    }
    let visits = links(&gateway, 2).await.into_iter().map(|link| {
        let (person, path) = (gateway.anon(), format!("/api/auth/magic-link/verify?token={}", link.token()));
        async move { person.get(&path).await.expect(200) }
    });
    join_all(visits).await;
    assert_eq!(database.count(r#"select count(*) from "user""#).await, 1);
}

async fn a_hashed_link_of_either_server_is_good_at_the_other(database: Database) {
    let gateway = alone(&database).config(&format!("{ON}\nstore_token = \"hashed\"")).start().await;
    let node = tokio::task::block_in_place(|| {
        let options = json!({ "magic-link": { "storeToken": "hashed" } });
        NodeServer::on(&database.url(), SECRET).plugins("admin,bearer,magic-link").plugin_options(&options).start()
    });
    let ask = json!({ "email": ADA, "name": "Ada" });
    gateway.anon().post("/api/auth/sign-in/magic-link", ask.clone()).await.expect(200);
    let ours = links(&gateway, 1).await.pop().unwrap().token();
    let plain = format!("select count(*) from \"verification\" where identifier = 'magic-link:{ours}'");
    assert_eq!(database.count(&plain).await, 0, "only its hash is kept");
    let answer = node.anon().get(&format!("/api/auth/magic-link/verify?token={ours}")).await.expect(200).json();
    assert_eq!(answer["user"]["name"], "Ada");
    node.anon().post("/api/auth/sign-in/magic-link", ask).await.expect(200);
    let theirs = node.anon().get("/__mails").await.json()[0]["token"].as_str().unwrap().to_owned();
    let answer = gateway.anon().get(&format!("/api/auth/magic-link/verify?token={theirs}")).await.expect(200).json();
    assert_eq!(answer["user"]["email"], ADA);
}

async fn the_official_client_is_led_through(database: Database) {
    let mailbox = Mailbox::start();
    let gateway = alone(&database).config(ON).mails_to(&mailbox).start().await;
    let mut client = OfficialClient::with_plugins(gateway.origin(), "magic-link");
    let ask = json!({ "email": "Ada@Example.com", "name": "Ada", "callbackURL": "/dash" });
    assert_eq!(client.call("ada", "signIn.magicLink", ask).ok(), json!({ "status": true }));
    let mail = mailbox.mail_to(ADA).await;
    assert!(mail.subject().ends_with(": sign in") && mail.text().contains("Wasn't you?"), "{}", mail.text());
    let link = mail.link();
    gateway.never_log(&link);
    let token = link.split(['=', '&']).nth(1).unwrap();
    let verified = client.call("ada", "magicLink.verify", json!({ "query": { "token": token } })).ok();
    assert_eq!((&verified["user"]["email"], &verified["user"]["emailVerified"]), (&json!(ADA), &json!(true)));
    let session = client.call("ada", "getSession", json!({})).ok();
    assert_eq!(session["session"]["token"], verified["token"]);
    let refused = client.call("ada", "signIn.magicLink", json!({ "email": "nonsense" }));
    assert_eq!(refused.refused(), (400, "VALIDATION_ERROR".into()));
}
