//! The copy of the session in a cookie: when one is sent, when it is good, and that it is never believed.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use expect_test::expect;
use serde_json::{Value, json};

use super::{
    browser::{Answer, Browser, PASSWORD},
    gate::{Gate, SECRET},
};
use crate::{
    config::{Config, CookieCacheStrategy},
    crypto::sign::Signer,
};

const COPY: &str = "better-auth.session_data";
const STRATEGIES: [CookieCacheStrategy; 3] =
    [CookieCacheStrategy::Compact, CookieCacheStrategy::Jwt, CookieCacheStrategy::Jwe];

/// Copies are made in this form.
fn copies(strategy: CookieCacheStrategy) -> impl Fn(&mut Config) {
    move |config| {
        config.session.cookie_cache.enabled = true;
        config.session.cookie_cache.strategy = strategy;
    }
}

/// Names and lifetimes of the cookies of an answer, in order.
fn lines(answer: &Answer) -> String {
    let brief = |line: &String| {
        let (name, rest) = line.split_once('=').unwrap();
        let name = name.strip_prefix("better-auth.").unwrap();
        let value = if rest.starts_with(';') { "-" } else { "value" };
        let age = rest.split("; ").find(|part| part.starts_with("Max-Age")).unwrap_or("Session");
        format!("{name} {value} {age}")
    };
    answer.cookies().iter().map(brief).collect::<Vec<_>>().join("\n")
}

async fn asked(browser: &mut Browser<'_>, path: &str) -> String {
    lines(&browser.get(path).await)
}

#[tokio::test]
async fn a_copy_is_sent_with_the_session_and_renewed_when_it_is_over() {
    for strategy in STRATEGIES {
        let gate = Gate::with(copies(strategy)).await;
        let mut ann = gate.anon();
        let signed_up = ann.sign_up("ann@example.com").await;
        let both = "session_token value Max-Age=604800\nsession_data value Max-Age=300";
        assert_eq!(lines(&signed_up), both);
        assert_eq!(asked(&mut ann, "/get-session").await, "", "a good copy needs no other");
        gate.wait(TimeDelta::minutes(4));
        assert_eq!(asked(&mut ann, "/get-session").await, "");
        assert_eq!(asked(&mut ann, "/get-session?disableCookieCache=true").await, "session_data value Max-Age=300");
        gate.wait(TimeDelta::minutes(6));
        let cleared_and_set = "session_data - Max-Age=0\nsession_data value Max-Age=300";
        assert_eq!(asked(&mut ann, "/get-session").await, cleared_and_set, "{strategy:?}");
        gate.wait(TimeDelta::minutes(6));
        assert_eq!(asked(&mut ann, "/get-session?disableRefresh=1").await, "session_data - Max-Age=0");
        assert_eq!(asked(&mut ann, "/get-session").await, "session_data value Max-Age=300", "there was none");
        gate.wait(TimeDelta::days(2));
        ann.cookies.remove(COPY);
        assert_eq!(asked(&mut ann, "/get-session").await, both, "extended");
        gate.wait(TimeDelta::days(2));
        let extended = "session_data - Max-Age=0\nsession_token value Max-Age=604800\nsession_data value Max-Age=300";
        assert_eq!(asked(&mut ann, "/get-session").await, extended);
    }
}

#[tokio::test]
async fn a_session_that_is_not_remembered_has_one_copy_for_a_short_time() {
    for (strategy, seconds) in STRATEGIES.into_iter().zip([60, 300, 300]) {
        let gate = Gate::with(copies(strategy)).await;
        let mut ann = gate.user("ann@example.com").await;
        ann.cookies.clear();
        let brief = json!({ "email": "ann@example.com", "password": PASSWORD, "rememberMe": false });
        let answer = ann.post("/sign-in/email", brief).await;
        expect!["session_token value Session\ndont_remember value Session\nsession_data value Session"]
            .assert_eq(&lines(&answer));
        gate.wait(TimeDelta::seconds(seconds - 1));
        assert_eq!(asked(&mut ann, "/get-session").await, "");
        gate.wait(TimeDelta::seconds(2));
        assert_eq!(asked(&mut ann, "/get-session").await, "session_data - Max-Age=0", "{strategy:?}");
        assert_eq!(asked(&mut ann, "/get-session").await, "", "and there is no other");
    }
}

#[tokio::test]
async fn what_is_no_copy_of_this_session_is_cleared_and_replaced() {
    for strategy in STRATEGIES {
        let gate = Gate::with(copies(strategy)).await;
        let mut ann = gate.user("ann@example.com").await;
        let bob = gate.user("bob@example.com").await;
        let good = ann.cookies[COPY].clone();
        let middle = good.len() / 2;
        let changed = format!(
            "{}{}{}",
            &good[..middle],
            if &good[middle..=middle] == "A" { "B" } else { "A" },
            &good[middle + 1..]
        );
        for bad in ["x", "a.b.c", "e30", "%00", &good[..middle], &changed, &bob.cookies[COPY], &format!("{good}=")] {
            ann.cookies.insert(COPY.into(), bad.into());
            assert_eq!(
                asked(&mut ann, "/get-session").await,
                "session_data - Max-Age=0\nsession_data value Max-Age=300",
                "{strategy:?} {bad}"
            );
        }
        ann.cookies.insert(COPY.into(), good);
        assert_eq!(asked(&mut ann, "/get-session").await, "", "{strategy:?}");
    }
}

#[tokio::test]
async fn a_copy_is_never_believed() {
    let gate = Gate::with(copies(CookieCacheStrategy::Compact)).await;
    let mut ann = gate.user("ann@example.com").await;
    let session = ann.cookies["better-auth.session_token"].clone();
    ann.cookies.remove("better-auth.session_token");
    assert_eq!(ann.get("/get-session").await.body, "null", "alone it is nothing");
    ann.cookies.insert("better-auth.session_token".into(), session);
    let before = ann.cookies.clone();
    assert_eq!(ann.post("/revoke-sessions", json!({})).await.status, 200);
    ann.cookies = before;
    let answer = ann.get("/get-session").await;
    assert_eq!(answer.body, "null");
    expect!["session_token - Max-Age=0\nsession_data - Max-Age=0\nsession_data - Max-Age=0\ndont_remember - Max-Age=0"]
        .assert_eq(&lines(&answer));
}

#[tokio::test]
async fn a_long_copy_comes_in_pieces_which_go_with_the_session() {
    let gate = Gate::with(copies(CookieCacheStrategy::Compact)).await;
    let mut ann = gate.anon();
    let image = format!("/{}", "a".repeat(2_000));
    let long = "ä".repeat(250);
    let body = json!({ "name": long, "email": "ann@example.com", "password": PASSWORD, "image": image });
    let answer = ann.ask("POST", "/sign-up/email").header("user-agent", &"b".repeat(1_000)).json(&body).send().await;
    expect![[r#"
        session_token value Max-Age=604800
        session_data.0 value Max-Age=300
        session_data.1 value Max-Age=300"#]]
    .assert_eq(&lines(&answer));
    assert_eq!(asked(&mut ann, "/get-session").await, "");
    let second = ann.cookies.remove("better-auth.session_data.1").unwrap();
    expect![[r#"
        session_data - Max-Age=0
        session_data.0 value Max-Age=300
        session_data.1 value Max-Age=300"#]]
    .assert_eq(&asked(&mut ann, "/get-session").await);
    assert_ne!(ann.cookies["better-auth.session_data.1"], "");
    drop(second);
    expect![[r#"
        session_token - Max-Age=0
        session_data - Max-Age=0
        session_data.0 - Max-Age=0
        session_data.1 - Max-Age=0
        dont_remember - Max-Age=0"#]]
    .assert_eq(&lines(&ann.post("/sign-out", json!({})).await));
}

#[tokio::test]
async fn without_copies_those_that_are_left_are_cleared() {
    let gate = Gate::new().await;
    let mut ann = gate.user("ann@example.com").await;
    for name in ["better-auth.session_data.0", "better-auth.session_data.1"] {
        ann.cookies.insert(name.into(), "x".into());
    }
    let cleared = "session_data.0 - Max-Age=0\nsession_data.1 - Max-Age=0";
    assert_eq!(asked(&mut ann, "/get-session").await, cleared);
    assert_eq!(asked(&mut ann, "/get-session").await, "");
    let mut anon = gate.anon();
    anon.cookies.insert(COPY.into(), "x".into());
    assert_eq!(asked(&mut anon, "/get-session").await, "session_data - Max-Age=0", "without a session, too");
}

#[tokio::test]
async fn a_compact_copy_says_what_the_contract_says() {
    let gate = Gate::with(copies(CookieCacheStrategy::Compact)).await;
    let mut ann = gate.user("ann@example.com").await;
    let copy: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&ann.cookies[COPY]).unwrap()).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&copy), ["session", "expiresAt", "signature"]);
    assert_eq!(keys(&copy["session"]), ["session", "user", "updatedAt", "version"]);
    assert_eq!(
        (&copy["expiresAt"], &copy["session"]["updatedAt"]),
        (&json!(1_795_000_300_000_i64), &json!(1_795_000_000_000_i64))
    );
    let answer = ann.get("/get-session").await.json();
    assert_eq!((&copy["session"]["session"], &copy["session"]["user"]), (&answer["session"], &answer["user"]));
}

#[tokio::test]
async fn an_older_secret_is_accepted_and_the_cookie_signed_anew() {
    let signer = Signer::new(SECRET.as_bytes());
    let gate = Gate::with(|config| {
        config.auth.secrets = serde_json::from_value(json!("2:a-new-secret-of-at-least-32-bytes!")).unwrap();
    })
    .await;
    let mut ann = gate.user("ann@example.com").await;
    let known = ann.get("/get-session").await.json()["session"]["token"].as_str().unwrap().to_owned();
    let wire = |signed: String| signed.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    let new = ann.cookies["better-auth.session_token"].clone();
    ann.cookies.insert("better-auth.session_token".into(), wire(signer.signed(&known)));
    gate.wait(TimeDelta::seconds(100));
    let answer = ann.get("/get-session").await;
    assert_ne!(answer.body, "null");
    assert_eq!(lines(&answer), "session_token value Max-Age=604700", "what is left of its time");
    assert_eq!(ann.cookies["better-auth.session_token"], new);
    assert_eq!(asked(&mut ann, "/get-session").await, "", "once is enough");

    ann.cookies.insert("better-auth.session_token".into(), wire(signer.signed(&known)));
    ann.cookies.insert("better-auth.dont_remember".into(), wire(signer.signed("true")));
    expect!["session_token value Session\ndont_remember value Session"]
        .assert_eq(&asked(&mut ann, "/get-session").await);
    assert_eq!(ann.cookies["better-auth.session_token"], new);
    ann.cookies.insert("better-auth.session_token".into(), wire(signer.signed("unknownunknownunknownunknown1234")));
    assert_eq!(ann.get("/get-session").await.body, "null", "a true signature of a session that is not there");
    let foreign = Signer::new(b"foreign").signed(&known);
    ann.cookies.insert("better-auth.session_token".into(), wire(foreign));
    assert_eq!(asked(&mut ann, "/get-session").await, "");
    assert_eq!(ann.get("/get-session").await.body, "null");
}
