//! HTTP/2 in both manners, TLS, WebSocket.

use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use gateway_tests::client;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::{Reply, Upstream};
use http::{Method, Version};
use serde_json::json;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::{Error, Message, client::IntoClientRequest, handshake::client::Request};

use super::{gateway, setup};

#[tokio::test(flavor = "multi_thread")]
async fn http2_without_tls_is_spoken() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    let ada = ada.over(client::builder().http2_prior_knowledge().build().unwrap());
    let answer = ada.get("/items").await.expect(200);
    assert_eq!(answer.version, Version::HTTP_2);
    assert_eq!(upstream.last().header("x-user-email"), Some("ada@example.com"));
    assert_eq!(upstream.last().all("host").len(), 1, "{}", upstream.last().head);
    ada.ask(Method::POST, "/up").body(vec![b'x'; 3 << 20]).send().await.expect(200);
    assert_eq!(upstream.last().body_length, 3 << 20);
    assert_eq!(ada.session().await["user"]["email"], "ada@example.com");
    ada.ask(Method::GET, "/items").without_cookies().send().await.expect(401);
    let many = futures_util::future::join_all((0..50).map(|n| {
        let ada = ada.clone();
        async move { ada.get(&format!("/items/{n}")).await.status }
    }));
    assert!(many.await.iter().all(|status| *status == 200));
}

/// A gateway with a certificate for `localhost`, and a client that trusts it.
async fn with_tls(upstream: &Upstream, folder: &Path) -> (Gateway, reqwest::ClientBuilder) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let config = format!("[tls]\ncertificates = [{{ cert = {cert:?}, key = {key:?} }}]");
    let gateway = setup(upstream).config(&config).start().await;
    let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    (gateway, client::builder().tls_certs_only([trusted]))
}

#[tokio::test(flavor = "multi_thread")]
async fn tls_speaks_both_versions_and_makes_cookies_secure() {
    let (upstream, folder) = (Upstream::start().await, tempfile::tempdir().unwrap());
    let (gateway, client) = with_tls(&upstream, folder.path()).await;
    assert!(gateway.origin().starts_with("https://localhost:"), "{}", gateway.origin());
    let ada = gateway.anon().at(gateway.origin(), gateway.origin()).over(client.build().unwrap());
    let body = json!({ "name": "Ada", "email": "ada@example.com", "password": client::PASSWORD });
    let answer = ada.post("/api/auth/sign-up/email", body).await.expect(200);
    assert_eq!(answer.version, Version::HTTP_2, "chosen by ALPN");
    let cookie = answer.sets("session_token").unwrap();
    assert_eq!(cookie.name, "__Secure-better-auth.session_token");
    assert_eq!(cookie.attributes, ["Max-Age=604800", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"]);

    ada.get("/items").await.expect(200);
    assert_eq!(upstream.last().header("x-forwarded-proto"), Some("https"));
    let (_, client) = (0, client::builder().http1_only());
    let trusted = reqwest::Certificate::from_pem(&std::fs::read(folder.path().join("cert.pem")).unwrap()).unwrap();
    let ada = ada.over(client.tls_certs_only([trusted]).build().unwrap());
    assert_eq!(ada.get("/items").await.expect(200).version, Version::HTTP_11);

    let plain = ada.session_cookie().replace("__Secure-", "");
    ada.ask(Method::GET, "/items").without_cookies().header("cookie", &plain).send().await.expect(401);
}

fn handshake(gateway: &Gateway, cookie: Option<&str>, origin: &str) -> Request {
    let mut request = format!("ws://{}/socket", gateway.address()).into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    request
}

async fn refused(request: Request) -> u16 {
    match connect_async(request).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("the handshake should have been refused: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn websockets_belong_to_signed_in_users_of_our_pages() {
    let (gateway, upstream) = gateway().await;
    upstream.on("/socket", Reply::websocket());
    let cookie = gateway.user("ada").await.session_cookie();
    let (mut socket, _) = connect_async(handshake(&gateway, Some(&cookie), gateway.origin())).await.unwrap();
    for text in ["one", "two", "three"] {
        socket.send(Message::text(text)).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), Message::text(text));
    }
    let big = "x".repeat(200_000);
    socket.send(Message::binary(big.clone().into_bytes())).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap().into_data(), big.as_bytes());
    socket.close(None).await.unwrap();
    gateway_tests::eventually("the upstream saw the handshake", async || upstream.count() == 1).await;
    assert_eq!(upstream.last().header("x-user-email"), Some("ada@example.com"));

    assert_eq!(refused(handshake(&gateway, None, gateway.origin())).await, 401);
    assert_eq!(refused(handshake(&gateway, Some(&cookie), "http://evil.com")).await, 403);
    assert_eq!(upstream.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_to_a_missing_upstream_is_502() {
    let gateway = Gateway::before(&format!("127.0.0.1:{}", gateway_tests::ports::free())).await;
    let cookie = gateway.user("ada").await.session_cookie();
    assert_eq!(refused(handshake(&gateway, Some(&cookie), gateway.origin())).await, 502);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_tunnel_opens_before_the_upstream_agrees() {
    let (gateway, upstream) = gateway().await;
    upstream.on("/socket", Reply::text(200, &[], "no socket here"));
    let cookie = gateway.user("ada").await.session_cookie();
    let mut raw = gateway_tests::raw::Raw::connect(gateway.address()).await;
    raw.send(format!(
        "GET /socket HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
         sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\norigin: {}\r\ncookie: {cookie}\r\n\r\n\
         GET /smuggled HTTP/1.1\r\nhost: x\r\nx-user-id: root\r\n\r\n",
        gateway.origin()
    ))
    .await;
    assert_eq!(raw.answer().await.expect("an answer").text(), "no socket here");
    gateway_tests::gateway::a_moment().await;
    let forged = upstream.seen().into_iter().filter(|seen| seen.head.contains("root")).count();
    assert_eq!(forged, 0, "bytes behind the handshake went through unchecked");
}
