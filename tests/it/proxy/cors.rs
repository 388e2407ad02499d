//! Pages of other origins and upstreams that know nothing of them: with raw requests, and with a real browser.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use gateway_tests::client::{Answer, Person};
use gateway_tests::process::Process;
use gateway_tests::upstream::{Reply, Upstream};
use http::Method;
use serde_json::{Value, json};

use super::{gateway_with, setup};

const PAGE: &str = "https://app.example.com";

const CONFIG: &str = r#"
[auth]
trusted_origins = ["https://app.example.com"]
[[routes]]
path = "/plain/*"
upstream = "app"
[[routes]]
path = "/listed/*"
upstream = "app"
access = "public"
cors = ["https://*.partner.example"]
[[routes]]
path = "/read/*"
upstream = "app"
methods = ["GET"]
cors = true
[[routes]]
path = "/*"
upstream = "app"
cors = true
"#;

async fn from_page(person: &Person, method: Method, path: &str, origin: &str) -> Answer {
    person.ask(method, path).as_fetch().header("origin", origin).send().await
}

fn allowed(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (answer.header("access-control-allow-origin"), answer.header("access-control-allow-credentials"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preflight_is_answered_before_anybody_is_signed_in() {
    let (gateway, upstream) = gateway_with(CONFIG).await;
    let anon = gateway.anon();
    let preflight = |path: &str, method: &str, origin: &str| {
        let ask = anon.ask(Method::OPTIONS, path).header("origin", origin);
        let ask = ask.header("access-control-request-method", method);
        ask.header("access-control-request-headers", "content-type,x-custom").send()
    };
    let answer = preflight("/items/1", "PUT", PAGE).await.expect(204);
    assert_eq!(allowed(&answer), (Some(PAGE), Some("true")));
    assert_eq!(answer.header("access-control-allow-methods"), Some("PUT"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("content-type,x-custom"));
    assert_eq!(answer.header("access-control-max-age"), Some("600"));
    assert!(answer.header("vary").unwrap_or_default().contains("Origin"));
    assert_eq!(allowed(&preflight("/read/1", "GET", PAGE).await.expect(204)), (Some(PAGE), Some("true")));
    assert_eq!(allowed(&preflight("/items", "PUT", "https://evil.example").await.expect(204)), (None, None));
    let partner = "https://a.partner.example";
    assert_eq!(allowed(&preflight("/listed/1", "POST", partner).await.expect(204)), (Some(partner), Some("true")));
    assert_eq!(allowed(&preflight("/listed/1", "POST", PAGE).await.expect(204)), (None, None), "a list of its own");
    preflight("/plain/1", "PUT", PAGE).await.expect(401);
    assert_eq!(upstream.count(), 0);
    let no_preflight = anon.ask(Method::OPTIONS, "/items").header("origin", PAGE).send().await;
    no_preflight.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_upstream_says_of_it_is_replaced() {
    let (gateway, upstream) = gateway_with(CONFIG).await;
    let said = [
        ("Access-Control-Allow-Origin", "*"),
        ("access-control-allow-credentials", "false"),
        ("access-control-expose-headers", "x-other"),
        ("x-total", "7"),
        ("vary", "accept"),
    ];
    for path in ["/items", "/plain/items"] {
        upstream.on(path, Reply::text(200, &said, "[]"));
    }
    let ada = gateway.user("ada").await;
    let answer = from_page(&ada, Method::GET, "/items", PAGE).await.expect(200);
    assert_eq!(allowed(&answer), (Some(PAGE), Some("true")));
    assert_eq!(answer.headers.get_all("access-control-allow-origin").iter().count(), 1);
    let exposed = answer.header("access-control-expose-headers").unwrap_or_default();
    assert!(exposed.contains("x-total") && !exposed.contains("x-other"), "{exposed}");
    let vary: Vec<_> = answer.headers.get_all("vary").iter().collect();
    assert_eq!(vary, ["accept", "Origin"]);
    let evil = from_page(&ada, Method::GET, "/items", "https://evil.example").await.expect(200);
    assert_eq!(allowed(&evil), (None, None));
    assert_eq!(allowed(&ada.get("/items").await.expect(200)), (None, None), "no page asks");
    let plain = from_page(&ada, Method::GET, "/plain/items", PAGE).await.expect(200);
    assert_eq!(allowed(&plain), (Some("*"), Some("false")), "the upstream's own business");
    let denied = from_page(&gateway.anon(), Method::GET, "/items", PAGE).await.expect(401);
    assert_eq!(allowed(&denied), (Some(PAGE), Some("true")));
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_pages_can_not_act_with_a_cookie_that_is_sent_from_everywhere() {
    let none = "[server]\npublic_url = \"https://api.example.org\"\n[cookie]\nsame_site = \"none\"\n";
    for (config, status) in [(format!("{none}{CONFIG}"), 403), (CONFIG.to_owned(), 200)] {
        let (gateway, upstream) = gateway_with(&config).await;
        let base = format!("http://{}", gateway.address());
        let origin = if status == 403 { "https://api.example.org" } else { gateway.origin() };
        let mut ada = gateway.anon().at(&base, origin);
        ada.sign_up("ada").await;
        let post = |origin: &'static str| from_page(&ada, Method::POST, "/items", origin);
        for foreign in ["https://evil.example", "null", "http://app.example.com"] {
            assert_eq!(post(foreign).await.status.as_u16(), status, "{foreign}");
        }
        let seen = upstream.count();
        assert_eq!(seen, if status == 403 { 0 } else { 3 });
        post(PAGE).await.expect(200);
        from_page(&ada, Method::GET, "/items", "https://evil.example").await.expect(200);
        ada.ask(Method::POST, "/items").without("origin").send().await.expect(200);
        let bearer = ada.ask(Method::POST, "/items").without_cookies().bearer(&ada.token());
        bearer.header("origin", "https://evil.example").send().await.expect(200);
    }
}

/// The script of a page: what a single-page application on another site does.
const SCRIPT: &str = r#"<!doctype html><title>app</title><script type="module">
const call = async (path, options) => {
  try {
    const answer = await fetch("API" + path, { credentials: "include", ...options });
    return { status: answer.status, total: answer.headers.get("x-total"), body: await answer.text() };
  } catch (error) {
    return { error: String(error) };
  }
};
const json = (method, body) => ({ method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
const ada = { name: "Ada", email: "ada@example.com", password: "correct horse battery staple" };
const seen = [];
seen.push(await call("/items"));
seen.push(await call("/api/auth/sign-up/email", json("POST", ada)));
seen.push(await call("/items"));
seen.push(await call("/items", { ...json("PUT", {}), headers: { "content-type": "application/json", "x-custom": "1" } }));
seen.push(await call("/silent"));
seen.push(await call("/api/auth/get-session"));
seen.push(await call("/api/auth/sign-out", json("POST", {})));
seen.push(await call("/items"));
await fetch("/report", { method: "POST", body: JSON.stringify(seen) });
</script>"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_signs_in_and_calls_the_app() {
    let (upstream, site) = (Upstream::start().await, Upstream::start().await);
    upstream.on("/items", Reply::text(200, &[("x-total", "7")], "the items"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate can be made");
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).expect("the folder can be written");
    std::fs::write(&key, made.signing_key.serialize_pem()).expect("the folder can be written");
    let page = format!("http://{}", site.address());
    let config = format!(
        "[tls]\ncertificates = [{{ cert = {cert:?}, key = {key:?} }}]\n[auth]\ntrusted_origins = [{page:?}]\n\
         [cookie]\nsame_site = \"none\"\n[[routes]]\npath = \"/silent\"\nupstream = \"app\"\n\
         [[routes]]\npath = \"/*\"\nupstream = \"app\"\ncors = true"
    );
    let gateway = setup(&upstream).config(&config).start().await;
    let script = SCRIPT.replace("API", gateway.origin());
    site.on("/", Reply::text(200, &[("content-type", "text/html")], &script));
    let _chromium = chromium(&folder.path().join("profile"), &page);
    let report = reported(&site).await;
    let brief = |step: &Value| match &step["status"] {
        Value::Null => json!("blocked"),
        status => json!([status, step["total"]]),
    };
    let brief: Vec<Value> = report.as_array().expect("a list").iter().map(brief).collect();
    let none = Value::Null;
    assert_eq!(
        brief,
        [
            json!([401, none]),
            json!([200, none]),
            json!([200, "7"]),
            json!([200, "7"]),
            json!("blocked"),
            json!([200, none]),
            json!([200, none]),
            json!([401, none]),
        ],
        "{report}"
    );
    assert_eq!(upstream.seen().iter().filter(|seen| seen.path() == "/items").count(), 2);
}

/// A browser that opens the page, accepts any certificate, and lets other sites have cookies.
fn chromium(profile: &Path, page: &str) -> Process {
    let preferences = json!({ "profile": { "cookie_controls_mode": 0, "block_third_party_cookies": false } });
    std::fs::create_dir_all(profile.join("Default")).expect("the folder can be written");
    std::fs::write(profile.join("Default/Preferences"), preferences.to_string()).expect("the folder can be written");
    let mut chromium = Command::new("chromium");
    chromium.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--ignore-certificate-errors"]);
    chromium.arg(format!("--user-data-dir={}", profile.display())).arg(page);
    Process::start("Chromium", &mut chromium)
}

/// What the page says it has seen.
async fn reported(site: &Upstream) -> Value {
    let began = Instant::now();
    loop {
        if let Some(report) = site.seen().iter().find(|seen| seen.path() == "/report") {
            return serde_json::from_str(&report.text()).expect("the page reports JSON");
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the page reported nothing");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
