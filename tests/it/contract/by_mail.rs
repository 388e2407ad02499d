//! What happens around mailed links besides the answers: who wins of several, what the other server makes of a link, how
//! often one may ask, and what the database is asked.

use futures_util::future::join_all;
use gateway_tests::client::PASSWORD;
use gateway_tests::cluster::Cluster;
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, SECRET, a_moment};
use gateway_tests::peers::{NodeServer, OfficialClient};
use http::Method;
use serde_json::{Value, json};

use super::{
    alone,
    mails::{Mailed, links},
};

on_both!(
    the_official_client_is_led_through,
    of_several_resets_at_once_one_wins,
    of_several_sign_ups_at_once_one_makes_the_account,
    a_link_of_either_server_is_good_at_the_other
);

const ADA: &str = "ada@example.com";
const NEW: &str = "another phrase of Ada";

async fn newest(gateway: &Gateway, count: usize) -> Mailed {
    links(gateway, count).await.pop().expect("there is one")
}

async fn the_official_client_is_led_through(database: Database) {
    let gateway = alone(&database).config("[users]\nsend_change_email_confirmation = true").start().await;
    let mut browser = OfficialClient::of(gateway.origin());
    let ada = json!({ "name": "Ada", "email": ADA, "password": PASSWORD });
    browser.call("ada", "signUp.email", ada).ok();
    let ask = json!({ "email": ADA, "callbackURL": "/welcome" });
    assert_eq!(browser.call("ada", "sendVerificationEmail", ask).ok(), json!({ "status": true }));
    let token = newest(&gateway, 1).await.token();
    let proved = browser.call("phone", "verifyEmail", json!({ "query": { "token": token } })).ok();
    assert_eq!(proved, json!({ "status": true, "user": null }));
    let broken = browser.call("phone", "verifyEmail", json!({ "query": { "token": "nonsense" } }));
    assert_eq!(broken.refused(), (401, "INVALID_TOKEN".into()));

    browser.call("phone", "requestPasswordReset", json!({ "email": ADA, "redirectTo": "/reset" })).ok();
    let mailed = newest(&gateway, 2).await;
    let followed = browser.fetch("phone", &mailed.link);
    assert_eq!(followed["status"], 302);
    let reset = json!({ "newPassword": NEW, "token": mailed.token() });
    assert_eq!(browser.call("phone", "resetPassword", reset.clone()).ok(), json!({ "status": true }));
    assert_eq!(browser.call("phone", "resetPassword", reset).refused(), (400, "INVALID_TOKEN".into()));
    let sign_in = |password: &str| json!({ "email": ADA, "password": password });
    assert_eq!(browser.call("phone", "signIn.email", sign_in(PASSWORD)).refused().0, 401);
    browser.call("phone", "signIn.email", sign_in(NEW)).ok();

    let change = json!({ "currentPassword": NEW, "newPassword": PASSWORD, "revokeOtherSessions": true });
    let changed = browser.call("ada", "changePassword", change).ok();
    assert!(changed["token"].is_string());
    assert_eq!(browser.call("phone", "getSession", json!({})).ok(), Value::Null);

    let moving = json!({ "newEmail": "countess@example.com", "callbackURL": "/account" });
    assert_eq!(browser.call("ada", "changeEmail", moving).ok(), json!({ "status": true }));
    for (count, to) in [(3, ADA), (4, "countess@example.com")] {
        let mailed = newest(&gateway, count).await;
        assert_eq!(mailed.to, to);
        assert_eq!(browser.fetch("ada", &mailed.link)["status"], 302);
    }
    let session = browser.call("ada", "getSession", json!({})).ok();
    assert_eq!(session["user"]["email"], "countess@example.com");
    assert_eq!(session["user"]["emailVerified"], true);
}

async fn of_several_resets_at_once_one_wins(database: Database) {
    let gateway = alone(&database).config("[password]\nqueue = 1000").start().await;
    gateway.user("ada").await;
    gateway.anon().post("/api/auth/request-password-reset", json!({ "email": ADA })).await.expect(200);
    let token = newest(&gateway, 1).await.token();
    let tries = (0..10).map(|number| {
        let (person, token) = (gateway.anon(), token.clone());
        let body = json!({ "newPassword": format!("{NEW} {number}"), "token": token });
        async move { (number, person.post("/api/auth/reset-password", body).await) }
    });
    let answers = join_all(tries).await;
    let winners: Vec<_> = answers.iter().filter(|(_, answer)| answer.status == 200).map(|(number, _)| number).collect();
    assert_eq!(winners.len(), 1, "{answers:?}");
    for (_, loser) in answers.iter().filter(|(_, answer)| answer.status != 200) {
        assert_eq!((loser.status.as_u16(), loser.code()), (400, "INVALID_TOKEN".into()));
    }
    let password = format!("{NEW} {}", winners[0]);
    let sign_in = json!({ "email": ADA, "password": password });
    gateway.anon().post("/api/auth/sign-in/email", sign_in).await.expect(200);
}

async fn of_several_sign_ups_at_once_one_makes_the_account(database: Database) {
    let config = "[email_password]\nrequire_verification = true\n[password]\nqueue = 1000";
    let gateway = alone(&database).config(config).start().await;
    let tries = (0..10).map(|_| {
        let person = gateway.anon();
        let body = json!({ "name": "Ada", "email": ADA, "password": PASSWORD });
        async move { person.post("/api/auth/sign-up/email", body).await.expect(200).json() }
    });
    for answer in join_all(tries).await {
        assert_eq!((&answer["token"], &answer["user"]["email"]), (&Value::Null, &json!(ADA)));
    }
    assert_eq!(database.count(r#"select count(*) from "user""#).await, 1);
    assert_eq!(database.count(r#"select count(*) from "account""#).await, 1);
    let mailed = newest(&gateway, 1).await;
    gateway.anon().get(&mailed.link).await.expect(302);
    let sign_in = json!({ "email": ADA, "password": PASSWORD });
    gateway.anon().post("/api/auth/sign-in/email", sign_in).await.expect(200);
    assert_eq!(links(&gateway, 1).await.len(), 1, "only the account was mailed a link");
}

async fn a_link_of_either_server_is_good_at_the_other(database: Database) {
    let gateway = alone(&database).config("[password]\nrehash = false").start().await;
    gateway.user("ada").await;
    let node = tokio::task::block_in_place(|| NodeServer::on(&database.url(), SECRET).plugins("admin,bearer").start());
    let (ours, theirs) = (gateway.anon(), node.anon());
    let set = |password: &str, token: &str| json!({ "newPassword": password, "token": token });
    let base = node.url();
    let last_of_node = async || {
        let mails = theirs.get("/__mails").await.expect(200).json();
        let url = mails.as_array().and_then(|mails| mails.last()).map(|mail| mail["url"].as_str().unwrap().to_owned());
        url.expect("a mail was sent").replacen(&base, "", 1)
    };

    ours.post("/api/auth/request-password-reset", json!({ "email": ADA })).await.expect(200);
    let token = newest(&gateway, 1).await.token();
    theirs.post("/api/auth/reset-password", set(NEW, &token)).await.expect(200);
    ours.post("/api/auth/reset-password", set(NEW, &token)).await.expect(400);
    theirs.post("/api/auth/request-password-reset", json!({ "email": ADA })).await.expect(200);
    let link = last_of_node().await;
    let token = link.split(['/', '?']).find(|part| part.len() == 24).expect("a secret").to_owned();
    ours.post("/api/auth/reset-password", set(PASSWORD, &token)).await.expect(200);
    theirs.post("/api/auth/reset-password", set(PASSWORD, &token)).await.expect(400);
    for person in [&ours, &theirs] {
        person.post("/api/auth/sign-in/email", json!({ "email": ADA, "password": PASSWORD })).await.expect(200);
    }

    theirs.post("/api/auth/send-verification-email", json!({ "email": ADA })).await.expect(200);
    ours.get(&last_of_node().await).await.expect(302);
    assert_eq!(ours.session().await["user"]["emailVerified"], true);
    ours.post("/api/auth/change-email", json!({ "newEmail": "countess@example.com" })).await.expect(200);
    let mailed = newest(&gateway, 2).await;
    assert_eq!(theirs.get(&mailed.link).await.expect(302).header("location"), Some("/"));
    // On SQLite it takes a moment until a change of another program is noticed.
    for _ in 0..100 {
        if ours.session().await["user"]["email"] == "countess@example.com" {
            return;
        }
        a_moment().await;
    }
    panic!("the other server's change was never noticed");
}

#[tokio::test(flavor = "multi_thread")]
async fn how_often_one_may_ask() {
    let gateway = alone(&Database::sqlite()).config("[rate_limit]\nenabled = true").start().await;
    let ada = gateway.user("ada").await;
    for (path, body, allowed) in [
        ("/request-password-reset", json!({ "email": ADA }), 200),
        ("/send-verification-email", json!({ "email": ADA }), 200),
        ("/change-password", json!({ "currentPassword": "wrong", "newPassword": NEW }), 400),
        ("/change-email", json!({ "newEmail": "countess@example.com" }), 200),
    ] {
        let path = format!("/api/auth{path}");
        for _ in 0..3 {
            ada.post(&path, body.clone()).await.expect(allowed);
        }
        let answer = ada.post(&path, body).await.expect(429);
        assert_eq!(answer.json(), json!({ "message": "Too many requests. Please try again later." }));
    }
    let form = [("email", ADA), ("rd", "")];
    ada.ask(Method::POST, "/auth/forgot-password").form(&form).send().await.expect(429);
}

/// What the database is asked to answer the request, apart from what goes on beside it: delivering mails, the heartbeat.
async fn asked(cluster: &Cluster, request: impl Future<Output = ()>) -> Vec<String> {
    let before = cluster.log().len();
    request.await;
    let log = cluster.log();
    let said = log[before..].split("LOG:  ").skip(1).map(|said| said.split("DETAIL:").next().unwrap_or_default());
    let statements = said.filter_map(|said| said.split_once(": ").filter(|(kind, _)| kind.starts_with("execute")));
    let texts = statements.map(|(_, text)| {
        // Without the beginning of the next line of the log.
        let text: Vec<_> = text.lines().take_while(|line| !line.starts_with("20")).collect();
        text.join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
    });
    let beside = |text: &str| {
        text.starts_with("select pg_notify") || text.contains("gateway_outbox") && !text.starts_with("insert")
    };
    texts.filter(|text| !beside(text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn known_and_unknown_addresses_are_the_same_to_the_database() {
    let cluster = tokio::task::block_in_place(Cluster::start);
    let database = Database::at(&cluster.new_database().await);
    let name = database.text("select current_database()::text").await.expect("it has a name");
    database.execute(&format!("alter database {name} set log_statement = 'all'")).await;
    let gateway = alone(&database).start().await;
    let ada = gateway.user("ada").await;
    gateway.user("bob").await;
    database.execute(r#"update "user" set "emailVerified" = true where email = 'bob@example.com'"#).await;
    let post = async |path: &str, body: Value| {
        gateway.anon().post(&format!("/api/auth{path}"), body).await.expect(200);
    };
    for path in ["/request-password-reset", "/send-verification-email"] {
        // The first request prepares what the others find prepared.
        post(path, json!({ "email": ADA })).await;
        let mut seen = Vec::new();
        for email in [ADA, "bob@example.com", "nobody@example.com"] {
            seen.push(asked(&cluster, post(path, json!({ "email": email }))).await);
        }
        assert!(seen[0].iter().any(|text| text.starts_with("insert into gateway_outbox")), "{seen:#?}");
        assert_eq!(seen[0], seen[1], "{path}: known or verified");
        assert_eq!(seen[0], seen[2], "{path}: unknown");
    }
    let moving = async |email: &str| {
        ada.post("/api/auth/change-email", json!({ "newEmail": email })).await.expect(200);
    };
    moving("countess@example.com").await;
    let free = asked(&cluster, moving("countess@example.com")).await;
    assert_eq!(free, asked(&cluster, moving("bob@example.com")).await, "change-email: taken");
}
