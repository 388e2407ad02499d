//! The headers that belong to every page, kept beside the templates that have to obey them.

/// Content-Security-Policy of every page: nothing inline, nothing from elsewhere, no framing.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Referrer-Policy of every page. Addresses of pages stay on this site, and unlike `no-referrer` it lets browsers
/// send a real `Origin` with our forms, which the check against cross-site posts needs.
pub const REFERRER_POLICY: &str = "same-origin";

/// [`CONTENT_SECURITY_POLICY`] for a page whose form may be answered by a redirect to another origin.
///
/// Browsers built on Chromium apply `form-action` to the redirect after a post as well: a sign-in that returns to
/// `https://app.example.com` from a page elsewhere is blocked unless that origin is named. Origins are written as
/// `scheme://host[:port]`; one that could end the directive is left out.
pub fn content_security_policy<'a>(return_origins: impl IntoIterator<Item = &'a str>) -> String {
    let mut form_action = String::from("form-action 'self'");
    for origin in return_origins.into_iter().filter(|origin| is_plain_origin(origin)) {
        form_action.push(' ');
        form_action.push_str(origin);
    }
    CONTENT_SECURITY_POLICY.replacen("form-action 'self'", &form_action, 1)
}

fn is_plain_origin(origin: &str) -> bool {
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| {
        !authority.is_empty()
            && authority
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']'))
    })
}
