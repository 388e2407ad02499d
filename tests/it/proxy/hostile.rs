//! Requests that no honest client sends: refused early, never forwarded, never the end of the process.

use std::time::{Duration, Instant};

use gateway_tests::raw::Raw;

use super::gateway_with;

const PUBLIC: &str = r#"routes = [{ path = "/*", upstream = "app", access = "public" }]"#;

#[tokio::test(flavor = "multi_thread")]
async fn ambiguous_requests_are_refused() {
    let (gateway, upstream) = gateway_with(PUBLIC).await;
    let requests: &[(&str, &str)] = &[
        ("two lengths", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        ("the same length twice", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
        ("a list of lengths", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc"),
        ("a signed length", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc"),
        ("a negative length", "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\nabc"),
        (
            "length and chunks",
            "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        ("another coding", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        (
            "two codings",
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        ),
        ("nearly chunked", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ("space before the colon", "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n"),
        ("chunks on 1.0", "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        ("folded line", "GET /x HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n"),
        ("no Host", "GET /x HTTP/1.1\r\n\r\n"),
        ("two Hosts", "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        ("Host with a path", "GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n"),
        ("another authority", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("NUL in a value", "GET /x HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n"),
        ("bare CR in a value", "GET /x HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n"),
        ("an odd name", "GET /x HTTP/1.1\r\nHost: a\r\nX(A): b\r\n\r\n"),
        ("no version", "GET /x\r\nHost: a\r\n\r\n"),
        ("version 1.2", "GET /x HTTP/1.2\r\nHost: a\r\n\r\n"),
        ("bare line feeds", "GET /x HTTP/1.1\nHost: a\n\n"),
        ("a bare line feed in a header", "GET /x HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n"),
        ("a fragment", "GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n"),
        (
            "a wrong chunk size",
            "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
        ),
        ("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
        ("TRACE", "TRACE /x HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("not HTTP", "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n"),
    ];
    let mut wrong = Vec::new();
    for (what, request) in requests {
        let mut raw = Raw::connect(gateway.address()).await;
        raw.send(format!("{request}GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        let said = String::from_utf8_lossy(&raw.read_for(Duration::from_millis(700)).await).into_owned();
        let status = said.split(' ').nth(1).unwrap_or("closed").to_owned();
        if !["400", "405", "501", "505", "closed"].contains(&status.as_str()) || said.contains("/smuggled") {
            wrong.push(format!("{what}: {said}"));
        }
    }
    let whole: Vec<_> = upstream.seen().into_iter().filter(|seen| seen.whole).map(|seen| seen.head).collect();
    assert!(wrong.is_empty() && whole.is_empty(), "wrong: {}\nforwarded: {}", wrong.join("\n"), whole.join("\n"));
    gateway.anon().get("/x").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_have_limits() {
    let (gateway, upstream) = gateway_with(PUBLIC).await;
    let long = format!("GET /{} HTTP/1.1", "x".repeat(9 * 1024));
    let big = format!("x-big: {}", "x".repeat(80 * 1024));
    let many: Vec<String> = (0..2000).map(|n| format!("x-{n}: 1")).collect();
    let mut many: Vec<&str> = many.iter().map(String::as_str).collect();
    many.splice(0..0, ["GET /x HTTP/1.1", "host: a"]);
    for (what, request) in [
        ("a long target", vec![long.as_str(), "host: a"]),
        ("a big header", vec!["GET /x HTTP/1.1", "host: a", &big]),
        ("many headers", many),
    ] {
        let answer = Raw::exchange(gateway.address(), &request).await;
        let status = answer.map(|answer| answer.status);
        assert!(matches!(status, None | Some(400 | 414 | 431)), "{what}: {status:?}");
    }
    assert_eq!(upstream.count(), 0);
    let fitting = format!("x-big: {}", "x".repeat(30 * 1024));
    let answer = Raw::exchange(gateway.address(), &["GET /x HTTP/1.1", "host: a", &fitting]).await;
    assert_eq!(answer.expect("an answer").status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_heads_are_not_waited_for() {
    let (gateway, upstream) = gateway_with(&format!("{PUBLIC}\n[server]\nrequest_header_timeout = \"1s\"")).await;
    let began = Instant::now();
    let mut silent = Raw::connect(gateway.address()).await;
    let mut drip = Raw::connect(gateway.address()).await;
    let mut second = Raw::connect(gateway.address()).await;
    second.send("GET /x HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(second.answer().await.expect("an answer").status, 200);
    second.send("GET /x HT").await;
    for byte in "GET /x HTTP/1.1\r\nhost: a\r\nx-slow: ".bytes().chain([b'x'; 200]) {
        drip.send([byte]).await;
        if drip.is_closed_within(Duration::from_millis(50)).await {
            break;
        }
    }
    assert!(began.elapsed() < Duration::from_secs(5), "a dripped head was read for {:?}", began.elapsed());
    assert!(silent.is_closed_within(Duration::from_secs(3)).await, "a silent connection stays");
    assert!(second.is_closed_within(Duration::from_secs(3)).await, "a half second request stays");
    assert_eq!(upstream.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_connections_are_held() {
    let (gateway, _upstream) = gateway_with(&format!("{PUBLIC}\n[server]\nmax_connections = 5")).await;
    let mut held = Vec::new();
    for _ in 0..5 {
        let mut raw = Raw::connect(gateway.address()).await;
        raw.send("GET /x HTTP/1.1\r\nhost: a\r\n\r\n").await;
        assert_eq!(raw.answer().await.expect("an answer").status, 200);
        held.push(raw);
    }
    let mut sixth = Raw::connect(gateway.address()).await;
    sixth.send("GET /x HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert_eq!(sixth.read_for(Duration::from_millis(300)).await, b"", "the sixth connection has to wait");
    drop(held);
    assert_eq!(sixth.answer().await.expect("an answer").status, 200);
}
