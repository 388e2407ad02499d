mod properties;
mod target;

use url::Url;

use super::TrustedOrigins;

fn origins(public_url: &str, patterns: &[&str]) -> TrustedOrigins {
    let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    TrustedOrigins::new(&Url::parse(public_url).unwrap(), &patterns)
}

/// As the contract was observed: our own base and three patterns.
fn contract() -> TrustedOrigins {
    origins("http://127.0.0.1:4100", &["http://localhost:3000", "https://*.example.com", "myapp://"])
}

fn check_origins(origins: &TrustedOrigins, trusted: &[&str], foreign: &[&str]) {
    for origin in trusted {
        assert!(origins.trusts(origin), "{origin:?} is trusted");
        assert!(origins.trusts_referer(origin), "{origin:?} is trusted");
    }
    for origin in foreign {
        assert!(!origins.trusts(origin), "{origin:?} is foreign");
        assert!(!origins.trusts_referer(origin), "{origin:?} is foreign");
    }
}

fn check_targets(origins: &TrustedOrigins, allowed: &[&str], refused: &[&str]) {
    for target in allowed {
        assert!(origins.allows_target(target), "{target:?} is allowed");
    }
    for target in refused {
        assert!(!origins.allows_target(target), "{target:?} is refused");
    }
}

#[test]
fn origins_of_the_contract() {
    check_origins(
        &contract(),
        &[
            "http://127.0.0.1:4100",
            "HTTP://127.0.0.1:4100",
            "http://127.0.0.1:4100/",
            "http://localhost:3000",
            "http://localhost:3000/a/b",
            "http://LOCALHOST:3000",
            "https://a.example.com",
            "https://a.b.example.com",
            "https://a.example.com:443/x?y#z",
            "myapp://",
            "myapp://x",
        ],
        &[
            "",
            "null",
            "garbage",
            "http://evil.com",
            "http://localhost:3001",
            "https://localhost:3000",
            "http://localhost",
            "https://example.com",
            "http://a.example.com",
            "https://a.example.com:8443",
            "https://a.example.com.evil.com",
            "https://aexample.com",
            "otherapp://x",
            "*",
            "https://*.example.org",
            "http://localhost:3000.evil.com",
            "http://127.0.0.1:4100@evil.com/",
            "/",
            "//localhost:3000",
            "localhost:3000",
        ],
    );
}

#[test]
fn loopback_names_are_one() {
    for own in ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080/"] {
        check_origins(
            &origins(own, &[]),
            &["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"],
            &[
                "https://localhost:8080",
                "http://localhost",
                "http://localhost:8081",
                "http://127.0.0.2:8080",
                "http://localhost.evil.com:8080",
            ],
        );
    }
    check_origins(
        &origins("https://localhost", &[]),
        &["https://127.0.0.1", "https://localhost:443"],
        &["http://localhost"],
    );
    check_origins(
        &origins("https://app.com", &[]),
        &["https://app.com"],
        &["https://localhost", "https://127.0.0.1", "http://app.com"],
    );
}

#[test]
fn exact_patterns() {
    check_origins(
        &origins("https://own.test", &["https://app.com", "http://App.com:80/", " https://other.com:8443 "]),
        &["https://app.com", "http://app.com", "https://other.com:8443"],
        &["https://x.app.com", "https://app.com:444", "https://other.com", "https://app.com.evil.com"],
    );
}

#[test]
fn wildcards_over_the_origin() {
    check_origins(
        &origins("https://own.test", &["http://localhost:*"]),
        &["http://localhost:1", "http://localhost:65535/x"],
        &["http://localhost", "https://localhost:1"],
    );
    check_origins(
        &origins("https://own.test", &["https://app?.com", "*://x.com/"]),
        &["https://app1.com", "http://x.com", "https://x.com"],
        &["https://app.com", "https://app12.com", "ftp://x.com"],
    );
    check_origins(
        &origins("https://own.test", &["https://APP-*.Example.com"]),
        &["https://app-1.example.com"],
        &["https://app.example.com"],
    );
}

#[test]
fn wildcards_over_the_host() {
    check_origins(
        &origins("https://own.test", &["*.app.com", "*.dev.com:3000"]),
        &["http://a.app.com", "https://a.b.app.com", "https://x.dev.com:3000"],
        &[
            "https://app.com",
            "https://a.app.com:81",
            "https://a.app.com.evil.com",
            "ftp://a.app.com",
            "javascript://a.app.com/%0aalert(1)",
            "myapp://a.app.com",
            "http://x.dev.com",
        ],
    );
}

#[test]
fn wildcards_over_addresses_match_addresses_only() {
    for pattern in ["192.168.*", "http://192.168.*"] {
        check_origins(
            &origins("https://own.test", &[pattern]),
            &["http://192.168.1.2", "http://192.168.0x10.1"],
            &["http://192.168.evil.com", "http://192.1.2.3"],
        );
    }
    check_origins(
        &origins("https://own.test", &["http://10.0.0.?:3000"]),
        &["http://10.0.0.7:3000"],
        &["http://10.0.0.77:3000", "http://10.0.0.x:3000"],
    );
}

#[test]
fn custom_schemes() {
    check_targets(
        &origins("https://own.test", &["exp://Host/Path", "com.example.app:/", "one://*.x.com", "two://10.0.*:*/cb/*"]),
        &[
            "exp://host/Path",
            "exp://HOST/Path/",
            "exp://host/Path/below",
            "exp://host/a/../Path",
            "exp://host/Path?x#y",
            "exp://host/%50ath",
            "com.example.app:/oauth",
            "com.example.app://any",
            "one://a.x.com/z",
            "two://10.0.0.1:80/cb/a",
            "two://10.0.0.1:80/cb/a/b",
        ],
        &[
            "exp://host",
            "exp://host/path",
            "exp://host/Pathx",
            "exp://host/Path/..",
            "exp://host/Path/%2e%2e/x",
            "exp://host/Path/%252e%252e/x",
            "exp://hostx/Path",
            "exp://user@host/Path",
            "exp:/host/Path",
            "exp://host:1/Path",
            "com.example.app2:/x",
            "com.example:/x",
            "one://x.com",
            "one://a.x.com.evil.com",
            "one://u@a.x.com",
            "two://10.0.evil.com:80/cb/a",
            "two://10.0.0.1:80/cb",
            "two://10.0.0.1:80/x",
            "two://10.0.0.1/cb/a",
        ],
    );
}

#[test]
fn what_is_no_pattern_trusts_nothing() {
    let odd = [
        "",
        " ",
        "app.com",
        "localhost:3000",
        "https://",
        "https://app.com/path",
        "https://app.com?x",
        "https://user@app.com",
        "https://*.app.com/path",
        "https://",
        "http://*@x.com",
        "*.app.com/x",
        "javascript://",
        "javascript://*",
        "data:/",
        "file://*",
        "1app://",
        "my app://",
        "m\u{fc}app://",
        "https://m\u{fc}.com",
        "app://x/../*",
        "app://u@h",
        "app://*@h",
        "https:/app.com",
        "null",
    ];
    check_origins(
        &origins("https://own.test", &odd),
        &["https://own.test"],
        &[
            "https://app.com",
            "https://x.app.com",
            "http://localhost:3000",
            "localhost:3000",
            "javascript:alert(1)",
            "file:///x",
            "app://h",
            "null",
            "app.com",
            "",
        ],
    );
}
