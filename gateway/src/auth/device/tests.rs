use super::name;

#[test]
fn devices_in_words() {
    for (user_agent, expected) in [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.0 Safari/605.1",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari on iPad",
        ),
        ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        ("curl/8.5.0", "curl"),
        ("okhttp/4.12.0", "okhttp"),
        ("python-requests/2.32", "python-requests"),
        ("MyApp/1.0 (a phone)", "MyApp"),
        ("", "Unknown device"),
        ("something else", "Unknown device"),
        ("Mozilla/5.0", "Unknown device"),
        ("<b>/1.0", "Unknown device"),
        ("x/y", "Unknown device"),
    ] {
        assert_eq!(name(user_agent), expected, "{user_agent}");
    }
}

#[test]
fn an_update_does_not_make_another_device() {
    let firefox =
        |version: u32| format!("Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101 Firefox/{version}.0");
    assert_eq!(name(&firefox(140)), name(&firefox(141)));
}

#[test]
fn any_text_is_read_in_time() {
    let long = "Mozilla/5.0 (Windows NT ".repeat(40) + &"a".repeat(1_000) + "\u{0}\u{202e}ü";
    assert!(name(&long).chars().count() < 60);
}
