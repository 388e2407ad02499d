//! Upstreams of every kind. A second gateway plays them: it listens with TLS, on a unix socket, and speaks h2c.

use std::path::Path;
use std::time::Duration;

use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::{Reply, Upstream};
use http::Method;

const PUBLIC: &str = r#"routes = [{ path = "/*", upstream = "app", access = "public" }]"#;

/// Ada at a gateway whose only upstream is `server`.
async fn in_front_of(server: &str, more: &str) -> (Gateway, gateway_tests::client::Person) {
    let setup = Gateway::on(&Database::sqlite()).upstream(server);
    let gateway = setup.config(&format!("[upstreams.app]\n{more}")).start().await;
    let ada = gateway.user("ada").await;
    (gateway, ada)
}

async fn behind(app: &Upstream, config: &str) -> Gateway {
    Gateway::on(&Database::sqlite()).upstream(app.address()).config(&format!("{PUBLIC}\n{config}")).start().await
}

/// What must work through any kind of upstream.
async fn all_is_well(ada: &gateway_tests::client::Person, app: &Upstream) {
    app.on("/events", Reply::chunks(&[("content-type", "text/event-stream")], &["a", "b"], Duration::from_millis(5)));
    app.on("/none", Reply::head(204, &[]));
    for _ in 0..3 {
        ada.get("/items?x=1").await.expect(200);
        assert_eq!(app.last().target, "/items?x=1");
        let answer = ada.ask(Method::POST, "/up").body(vec![b'x'; 300_000]).send().await.expect(200);
        assert!(answer.json()["body"].as_str().is_some_and(|body| body.len() == 300_000));
        assert_eq!(ada.get("/events").await.expect(200).text(), "ab");
        ada.get("/none").await.expect(204);
        ada.ask(Method::HEAD, "/items").send().await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_may_speak_http2_without_tls() {
    let app = Upstream::start().await;
    let second = behind(&app, "").await;
    let (_first, ada) = in_front_of(&format!("h2c://{}", second.address()), "").await;
    all_is_well(&ada, &app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_may_listen_on_a_unix_socket() {
    let (app, folder) = (Upstream::start().await, tempfile::tempdir().unwrap());
    let socket = folder.path().join("second.sock");
    let _second = behind(&app, &format!("[server]\nlisten = [\"127.0.0.1:0\", \"unix:{}\"]", socket.display())).await;
    let (_first, ada) = in_front_of(&format!("unix:{}", socket.display()), "").await;
    all_is_well(&ada, &app).await;
}

fn certificate(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    format!("[tls]\ncertificates = [{{ cert = {cert:?}, key = {key:?} }}]")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_may_speak_tls_and_is_checked() {
    let (app, folder) = (Upstream::start().await, tempfile::tempdir().unwrap());
    let second = behind(&app, &certificate(folder.path())).await;
    let server = format!("https://{}", second.address().replace("127.0.0.1", "localhost"));
    let (_first, ada) = in_front_of(&server, "tls_insecure = true").await;
    all_is_well(&ada, &app).await;

    let before = app.count();
    let (_first, ada) = in_front_of(&server, "").await;
    ada.get("/items").await.expect(502);
    assert_eq!(app.count(), before, "a certificate of nobody known is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_down_is_passed_over() {
    let app = Upstream::start().await;
    let dead = format!("127.0.0.1:{}", gateway_tests::ports::free());
    let config = format!("[upstreams.app]\nservers = [\"{dead}\", \"{}\"]", app.address());
    let gateway = Gateway::on(&Database::sqlite()).upstream(app.address()).config(&config).start().await;
    let ada = gateway.user("ada").await;
    for _ in 0..6 {
        ada.get("/items").await.expect(200);
    }
    assert_eq!(app.count(), 6);
}
