//! Bodies of all sizes and manners pass unharmed, both ways, and as they come.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use gateway_tests::raw::Raw;
use gateway_tests::upstream::{Reply, Step};
use http::Method;

use super::{gateway, gateway_with};

#[tokio::test(flavor = "multi_thread")]
async fn events_arrive_when_they_happen() {
    let (gateway, upstream) = gateway().await;
    let events = ["data: 1\n\n", "data: 2\n\n", "data: 3\n\n"];
    upstream
        .on("/events", Reply::chunks(&[("content-type", "text/event-stream")], &events, Duration::from_millis(300)));
    let ada = gateway.user("ada").await;
    let response = ada.ask(Method::GET, "/events").open().await;
    let began = Instant::now();
    let mut stream = response.bytes_stream();
    let mut arrivals = Vec::new();
    while let Some(chunk) = stream.next().await {
        arrivals.push((began.elapsed(), chunk.unwrap()));
    }
    assert_eq!(arrivals.iter().map(|(_, chunk)| chunk.as_ref()).collect::<Vec<_>>(), events.map(str::as_bytes));
    assert!(arrivals[2].0 - arrivals[0].0 > Duration::from_millis(400), "they came together: {arrivals:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_frees_the_upstream() {
    let (gateway, upstream) = gateway().await;
    let forever = vec!["data: x\n\n"; 1000];
    upstream.on("/events", Reply::chunks(&[], &forever, Duration::from_millis(20)));
    let ada = gateway.user("ada").await;
    let mut stream = ada.ask(Method::GET, "/events").open().await.bytes_stream();
    stream.next().await.unwrap().unwrap();
    drop(stream);
    ada.get("/items").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_of_both_framings_arrive_whole() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    let big = vec![b'x'; 20 << 20];
    ada.ask(Method::POST, "/up").body(big.clone()).send().await.expect(200);
    assert_eq!((upstream.last().body_length, upstream.last().header("content-length")), (20 << 20, Some("20971520")));

    let parts = futures_util::stream::iter((0..50).map(|n| Ok::<_, std::io::Error>(format!("part {n};"))));
    ada.ask(Method::PUT, "/up").body(reqwest::Body::wrap_stream(parts)).send().await.expect(200);
    let expected: String = (0..50).map(|n| format!("part {n};")).collect();
    assert_eq!(upstream.last().text(), expected);
    assert_eq!(upstream.last().header("transfer-encoding"), Some("chunked"));

    ada.ask(Method::POST, "/up").send().await.expect(200);
    assert_eq!(upstream.last().body_length, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_have_a_limit() {
    let (gateway, upstream) = gateway_with(
        r#"
        routes = [
            { path = "/small/*", upstream = "app", max_body_size = "1KiB" },
            { path = "/*", upstream = "app" },
        ]
        [server]
        max_body_size = "100KiB"
        "#,
    )
    .await;
    let ada = gateway.user("ada").await;
    ada.ask(Method::POST, "/small/x").body(vec![b'x'; 1024]).send().await.expect(200);
    ada.ask(Method::POST, "/x").body(vec![b'x'; 100 << 10]).send().await.expect(200);
    let before = upstream.seen().iter().filter(|seen| seen.whole).count();
    for (path, length) in [("/small/x", 1025), ("/x", (100 << 10) + 1), ("/x", 5 << 20)] {
        let answer = ada.ask(Method::POST, path).body(vec![b'x'; length]).send().await.expect(413);
        assert_eq!(answer.code(), "PAYLOAD_TOO_LARGE");
    }
    let cookie = ada.session_cookie();
    let mut raw = Raw::connect(gateway.address()).await;
    raw.send(format!("POST /small/x HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\ntransfer-encoding: chunked\r\n\r\n"))
        .await;
    raw.send(format!("800\r\n{}\r\n0\r\n\r\n", "x".repeat(2048))).await;
    assert_eq!(raw.answer().await.expect("an answer").status, 413, "counted as it comes");
    let after = upstream.seen().iter().filter(|seen| seen.whole).count();
    assert_eq!(after, before, "no whole body beyond the limit arrived");
}

#[tokio::test(flavor = "multi_thread")]
async fn expect_100_continue_is_answered_before_the_body() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    for (path, body, status) in [("/up", "hello", 200), ("/api/auth/sign-out", "{}", 200)] {
        let mut raw = Raw::connect(gateway.address()).await;
        let (host, cookie, length) = (gateway.address(), ada.session_cookie(), body.len());
        raw.send(format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\norigin: {}\r\nexpect: 100-continue\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            gateway.origin()
        ))
        .await;
        assert_eq!(raw.answer().await.expect("an interim answer").status, 100, "{path}");
        raw.send(body).await;
        let mut answer = raw.answer().await.expect("an answer");
        while answer.status == 100 {
            answer = raw.answer().await.expect("an answer");
        }
        assert_eq!(answer.status, status, "{path}: {answer:?}");
    }
    assert_eq!(upstream.last().text(), "hello");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_refused_need_not_send_the_body() {
    let (gateway, upstream) = gateway().await;
    let mut raw = Raw::connect(gateway.address()).await;
    raw.send("POST /up HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 1000000\r\n\r\n").await;
    assert_eq!(raw.answer().await.expect("an answer").status, 401);
    assert_eq!(upstream.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_body_keep_the_connection_in_step() {
    let (gateway, upstream) = gateway().await;
    upstream.on("/204", Reply::head(204, &[]));
    upstream.on("/304", Reply::head(304, &[("etag", "\"a\"")]));
    upstream.on("/empty", Reply::text(200, &[], ""));
    let cookie = gateway.user("ada").await.session_cookie();
    let mut raw = Raw::connect(gateway.address()).await;
    for (method, path, status) in [
        ("HEAD", "/items", 200),
        ("GET", "/204", 204),
        ("GET", "/304", 304),
        ("GET", "/empty", 200),
        ("HEAD", "/api/auth/nothing", 404),
        ("GET", "/api/auth/ok", 200),
        ("GET", "/items", 200),
    ] {
        raw.send(format!("{method} {path} HTTP/1.1\r\nhost: {}\r\ncookie: {cookie}\r\n\r\n", gateway.address())).await;
        let answer = raw.answer_to(method).await.unwrap_or_else(|| panic!("no answer to {method} {path}"));
        assert_eq!(answer.status, status, "{method} {path}");
    }
    assert_eq!(upstream.seen().iter().find(|seen| seen.path() == "/items").unwrap().method, "HEAD");
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelined_requests_are_answered_in_order() {
    let (gateway, upstream) = gateway().await;
    for n in 0..5 {
        upstream.on(&format!("/{n}"), Reply::text(200, &[], &n.to_string()));
    }
    let cookie = gateway.user("ada").await.session_cookie();
    let mut raw = Raw::connect(gateway.address()).await;
    let requests: String =
        (0..5).map(|n| format!("GET /{n} HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\n\r\n")).collect();
    raw.send(requests).await;
    for n in 0..5 {
        assert_eq!(raw.answer().await.expect("an answer").text(), n.to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_keep_the_connection_alive() {
    let (gateway, _upstream) = gateway().await;
    let mut raw = Raw::connect(gateway.address()).await;
    for path in ["/items", "/api/auth/get-session", "/api/auth/nothing", "/items"] {
        raw.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n")).await;
        assert!(raw.answer().await.is_some(), "closed before {path}");
    }
    raw.send("GET /items HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(raw.answer().await.expect("an answer").status, 401);
    assert!(raw.is_closed_within(Duration::from_secs(3)).await, "the client asked for an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_seen_to_break_off() {
    let (gateway, upstream) = gateway().await;
    let broken = Reply::head(200, &[("content-length", "100")])
        .then(Step::Send(b"only this".to_vec()))
        .then(Step::Pause(Duration::from_millis(300)))
        .then(Step::Close);
    upstream.on("/broken", broken);
    let ada = gateway.user("ada").await;
    let response = ada.ask(Method::GET, "/broken").open().await;
    assert!(response.bytes().await.is_err(), "a half answer must not look whole");
    ada.get("/items").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_the_upstream_are_used_again() {
    let (gateway, upstream) = gateway().await;
    let ada = gateway.user("ada").await;
    for _ in 0..10 {
        ada.get("/items").await.expect(200);
    }
    assert_eq!(upstream.last().connection, 1, "ten requests on one connection");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_pass_as_the_upstream_gave_them() {
    let (gateway, upstream) = gateway().await;
    let headers = [
        ("set-cookie", "a=1; Path=/"),
        ("set-cookie", "b=2; Path=/"),
        ("x-odd", "caf\u{e9}"),
        ("etag", "W/\"1\""),
        ("connection", "x-hop"),
        ("x-hop", "for the next one only"),
        ("content-encoding", "gzip"),
    ];
    upstream.on("/made", Reply::text(418, &headers, "not gzip at all"));
    let ada = gateway.user("ada").await;
    let answer = ada.get("/made").await.expect(418);
    let cookies: Vec<_> = answer.set_cookies().into_iter().map(|cookie| cookie.name).collect();
    assert_eq!(cookies, ["a", "b"]);
    assert_eq!((answer.header("etag"), answer.header("content-encoding")), (Some("W/\"1\""), Some("gzip")));
    assert_eq!(answer.text(), "not gzip at all");
    assert_eq!(answer.header("x-hop"), None, "what the upstream's Connection names is for us alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn old_clients_are_served_once() {
    let (gateway, _upstream) = gateway().await;
    let cookie = gateway.user("ada").await.session_cookie();
    let mut raw = Raw::connect(gateway.address()).await;
    raw.send(format!("GET /items HTTP/1.0\r\nhost: {}\r\ncookie: {cookie}\r\n\r\n", gateway.address())).await;
    assert_eq!(raw.answer().await.expect("an answer").status, 200);
    assert!(raw.is_closed_within(Duration::from_secs(3)).await);
    let absolute = format!("GET http://{}/items?x=1 HTTP/1.1", gateway.address());
    let lines = [absolute.as_str(), &format!("host: {}", gateway.address()), &format!("cookie: {cookie}")];
    assert_eq!(Raw::exchange(gateway.address(), &lines).await.expect("an answer").status, 200);
}
