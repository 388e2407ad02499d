//! Judging redirect targets: never a panic, and what is allowed leads a browser to our own host or a trusted one.
#![no_main]

use std::sync::LazyLock;

use gateway::app::origins::TrustedOrigins;
use libfuzzer_sys::fuzz_target;
use url::Url;

static OWN: LazyLock<Url> = LazyLock::new(|| Url::parse("https://own.test/").expect("a constant"));
static ORIGINS: LazyLock<TrustedOrigins> = LazyLock::new(|| {
    TrustedOrigins::new(&OWN, &["http://localhost:3000".to_owned(), "https://*.example.com".to_owned()])
});

fuzz_target!(|target: &str| {
    if !ORIGINS.allows_target(target) {
        return;
    }
    let url = OWN.join(target).expect("what is allowed can be opened");
    let origin = url.origin().ascii_serialization();
    let is_example = origin.starts_with("https://") && origin.ends_with(".example.com");
    assert!(
        origin == "https://own.test" || origin == "http://localhost:3000" || is_example,
        "{target:?} leads to {origin}"
    );
});
