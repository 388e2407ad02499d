use proptest::prelude::*;
use url::Url;

use super::contract;

/// Whether an address, as a browser resolves it from our own pages, lies in what `contract()` is meant to trust.
fn is_meant(target: &str) -> bool {
    let own = Url::parse("http://127.0.0.1:4100/api/auth/sign-in").unwrap();
    let Ok(url) = own.join(target) else { return false };
    let loopback = ["127.0.0.1", "localhost", "[::1]"].contains(&url.host_str().unwrap_or_default());
    match (url.scheme(), url.port()) {
        ("http", Some(4100)) => loopback,
        ("http", Some(3000)) => url.host_str() == Some("localhost"),
        ("https", None) => url.host_str().is_some_and(|host| host.ends_with(".example.com")),
        ("myapp", _) => true,
        _ => false,
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "/",
        "//",
        "\\",
        ":",
        "@",
        ".",
        "..",
        "%2f",
        "%2F",
        "%5c",
        "%2e",
        "%00",
        "%09",
        "%",
        "?",
        "#",
        "&",
        "=",
        " ",
        "\t",
        "\n",
        "\r",
        "\u{0}",
        "\u{85}",
        "http:",
        "https:",
        "http://",
        "https://",
        "myapp://",
        "javascript:",
        "localhost",
        "localhost:3000",
        ":3000",
        ":4100",
        "127.0.0.1",
        "127.0.0.1:4100",
        "[::1]:4100",
        "0x7f.1",
        "a.example.com",
        ".example.com",
        "evil.com",
        "user@",
        "x",
        "\u{ff0f}",
        "\u{ff3c}",
        "\u{ff0e}",
        "\u{3002}",
        "\u{2024}",
        "\u{2100}",
        "\u{200d}",
        "\u{ad}",
        "\u{feff}",
        "\u{e4}",
        "xn--",
        ";",
    ]);
    prop_oneof![prop::collection::vec(part, 0..9).prop_map(|parts| parts.concat()), ".{0,20}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn nothing_allowed_leads_elsewhere(target in hostile()) {
        let contract = contract();
        if contract.allows_target(&target) {
            prop_assert!(is_meant(&target), "{target:?}");
            // Nor after a parser that drops what browsers drop, or turns backslashes round.
            let folded: String = target.chars().filter(|c| !"\t\r\n".contains(*c)).collect::<String>().replace('\\', "/");
            prop_assert!(is_meant(folded.trim()), "{target:?}");
        }
        if contract.trusts(&target) {
            prop_assert!(Url::parse(&target).is_ok_and(|url| is_meant(url.as_str())), "{target:?}");
        }
    }

    #[test]
    fn what_is_meant_is_allowed(path in "(/[a-zA-Z0-9_~-]{1,8}){0,4}", query in "(\\?[a-z]=[a-z0-9/.%&]{0}[a-z]{0,4})?", host in "[a-z]{1,8}(\\.[a-z]{1,8}){0,2}") {
        let contract = contract();
        let relative = format!("/{}{query}", path.trim_start_matches('/'));
        prop_assert!(contract.allows_target(&relative), "{relative}");
        let (https, http) = (format!("https://{host}.example.com{path}{query}"), format!("http://localhost:3000{path}{query}"));
        prop_assert!(contract.allows_target(&https), "{https}");
        prop_assert!(contract.allows_target(&http), "{http}");
    }
}
