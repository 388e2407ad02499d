//! Header sets as clients send them.

use http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::proxy::caller::Caller;

const PAGE: Caller = Caller::Page { get: true };

#[track_caller]
fn check(name: &str, request: &str, caller: Caller) {
    let mut lines = request.lines().map(str::trim).filter(|line| !line.is_empty());
    let method: Method = lines.next().unwrap().parse().unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    assert_eq!(Caller::of(&method, &headers), caller, "{name}");
}

#[test]
fn navigations_are_pages() {
    check(
        "Chrome",
        "GET
         sec-ch-ua: \"Chromium\";v=\"130\", \"Not?A_Brand\";v=\"99\"
         upgrade-insecure-requests: 1
         accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8
         sec-fetch-site: none
         sec-fetch-mode: navigate
         sec-fetch-user: ?1
         sec-fetch-dest: document",
        PAGE,
    );
    check(
        "Firefox",
        "GET
         accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
         accept-language: de,en-US;q=0.7
         upgrade-insecure-requests: 1
         sec-fetch-dest: document
         sec-fetch-mode: navigate
         sec-fetch-site: cross-site
         priority: u=0, i",
        PAGE,
    );
    check(
        "Safari 16.4 and later",
        "GET
         accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
         sec-fetch-site: same-origin
         sec-fetch-mode: navigate
         sec-fetch-dest: document",
        PAGE,
    );
    check(
        "Safari before, or plain http",
        "GET\naccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        PAGE,
    );
    check("iframe", "GET\naccept: text/html,*/*;q=0.8\nsec-fetch-mode: navigate\nsec-fetch-dest: iframe", PAGE);
    check("HEAD", "HEAD\naccept: text/html", PAGE);
    check(
        "form",
        "POST
         content-type: application/x-www-form-urlencoded
         origin: http://a
         accept: text/html,application/xhtml+xml,*/*;q=0.8
         sec-fetch-mode: navigate
         sec-fetch-dest: document",
        Caller::Page { get: false },
    );
    check(
        "navigation with a stored basic password",
        "GET\nauthorization: Basic YTpi\nsec-fetch-mode: navigate\nsec-fetch-dest: document",
        PAGE,
    );
}

#[test]
fn scripts_and_assets_are_fetches() {
    check(
        "fetch()",
        "GET\naccept: */*\nsec-fetch-mode: cors\nsec-fetch-dest: empty\nsec-fetch-site: same-origin",
        Caller::Fetch,
    );
    check(
        "fetch() that wants HTML",
        "GET\naccept: text/html\nsec-fetch-mode: cors\nsec-fetch-dest: empty",
        Caller::Fetch,
    );
    check(
        "img",
        "GET\naccept: image/avif,image/webp,*/*;q=0.8\nsec-fetch-mode: no-cors\nsec-fetch-dest: image",
        Caller::Fetch,
    );
    check("script", "GET\naccept: */*\nsec-fetch-mode: no-cors\nsec-fetch-dest: script", Caller::Fetch);
    check("EventSource", "GET\naccept: text/event-stream\nsec-fetch-mode: cors\nsec-fetch-dest: empty", Caller::Fetch);
    check("object", "GET\naccept: text/html\nsec-fetch-mode: navigate\nsec-fetch-dest: object", Caller::Fetch);
    check("axios in an old browser", "GET\naccept: application/json, text/plain, */*", Caller::Fetch);
    check("jQuery .load()", "GET\naccept: text/html, */*; q=0.01\nx-requested-with: XMLHttpRequest", Caller::Fetch);
    check(
        "preflight",
        "OPTIONS\naccept: */*\nsec-fetch-mode: cors\naccess-control-request-method: POST",
        Caller::Fetch,
    );
}

#[test]
fn programs_are_fetches() {
    check("curl", "GET\nuser-agent: curl/8.5.0\naccept: */*", Caller::Fetch);
    check("httpx", "GET\naccept: */*\naccept-encoding: gzip, deflate\nuser-agent: python-httpx/0.27", Caller::Fetch);
    check("nothing", "GET", Caller::Fetch);
    check("bearer with a browser's Accept", "GET\nauthorization: Bearer x\naccept: text/html,*/*;q=0.8", Caller::Fetch);
    check("API key with a browser's Accept", "GET\nx-api-key: x\naccept: text/html", Caller::Fetch);
    check(
        "JSON with a browser's Accept",
        "POST\ncontent-type: application/json; charset=utf-8\naccept: text/html",
        Caller::Fetch,
    );
    check("HTML refused", "GET\naccept: application/json, text/html;q=0", Caller::Fetch);
    check("HTML refused at length", "GET\naccept: application/json, text/html;level=1; q=0.000", Caller::Fetch);
    check("a name that only begins so", "GET\naccept: text/html-sandboxed", Caller::Fetch);
}

#[test]
fn handshakes_and_grpc_are_told_apart() {
    let handshake = "GET\nconnection: Upgrade\nupgrade: websocket\nsec-websocket-version: 13\nsec-websocket-key: x";
    check("WebSocket of a program", handshake, Caller::WebSocket);
    check("WebSocket of Chrome", &format!("{handshake}\norigin: http://a\naccept: */*"), Caller::WebSocket);
    check(
        "WebSocket of Firefox",
        &format!("{handshake}\nsec-fetch-mode: websocket\nsec-fetch-dest: empty\naccept: */*"),
        Caller::WebSocket,
    );
    check("capitals", "GET\nupgrade: h2c, WebSocket", Caller::WebSocket);
    check("a page that asks for h2c", "GET\nupgrade: h2c\naccept: text/html", PAGE);
    check("gRPC", "POST\ncontent-type: application/grpc\nte: trailers", Caller::Grpc);
    check("gRPC with a codec", "POST\ncontent-type: application/grpc+proto\nauthorization: Bearer x", Caller::Grpc);
    check(
        "gRPC-Web",
        "POST\ncontent-type: application/grpc-web+proto\naccept: application/grpc-web-text",
        Caller::Fetch,
    );
}
