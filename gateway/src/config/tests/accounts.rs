//! Secrets, paths, lifetimes, cookies, origins, what is not served.

use expect_test::expect;

use super::{Given, env, file};

#[test]
fn secrets() {
    file(
        "[auth]\nsecret = \"too short\"",
        &expect![[r#"
            gateway.toml:2:10: auth.secret: is too short: 9 of at least 32 bytes; make one with: openssl rand -base64 32
        "#]],
    );
    file(
        "[auth]\nsecret = \"better-auth-secret-12345678901234567890\"",
        &expect![[r#"
        gateway.toml:2:10: auth.secret: this is the publicly known default of Better Auth; make one with: openssl rand -base64 32
    "#]],
    );
    file(
        "[auth]\nsecret = \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
        &expect![[r#"
        gateway.toml:2:10: auth.secret: is one character repeated; make one with: openssl rand -base64 32
    "#]],
    );
    file(
        "[database]\nurl = \"postgres://user:password@host/db\"",
        &expect![[r#"
        auth.secret: with Postgres a secret of at least 32 bytes is needed, the same for all gateways on this database; make one with: openssl rand -base64 32, and give it as auth.secret or in the environment as GATEWAY_AUTH__SECRET
    "#]],
    );
    env(
        &[("DATABASE_URL", "postgres://host/db"), ("BETTER_AUTH_SECRET", "short")],
        &expect![[r#"
            environment BETTER_AUTH_SECRET: auth.secret: is too short: 5 of at least 32 bytes; make one with: openssl rand -base64 32
        "#]],
    );
}

#[test]
fn database_urls() {
    file(
        "[database]\nurl = \"mysql://user:password@host/db\"",
        &expect![[r#"
        gateway.toml:2:7: database.url: "mysql:" databases can't be used; write "sqlite://gateway.db" or "postgres://user:password@host/database"
    "#]],
    );
    file(
        "[database]\nurl = \"sqlite:///no/such/folder/gateway.db\"",
        &expect![[r#"
        gateway.toml:2:7: database.url: there is no folder /no/such/folder to hold the database
    "#]],
    );
    file(
        "[database]\nurl = \"postgres://user:pass/word@ho st/db\"\n[auth]\nsecret='0123456789abcdef0123456789abcdef'",
        &expect![[r#"
        gateway.toml:2:7: database.url: is no URL; write postgres://user:password@host/database, with characters such as @ : / # of the password percent-encoded
    "#]],
    );
    file(
        "[database]\nurl = \"gateway.db\"",
        &expect![[r#"
        gateway.toml:2:7: database.url: is no database URL; write "sqlite://gateway.db" or "postgres://user:password@host/database"
    "#]],
    );
    file(
        "[database]\nurl = \"sqlite::memory:\"",
        &expect![[r#"
        fine
    "#]],
    );
}

#[test]
fn paths_of_our_own() {
    file(
        "[auth]\nbase_path = \"api/auth\"\nui_path = \"/auth/\"",
        &expect![[r#"
        gateway.toml:2:13: auth.base_path: "api/auth" does not start with a slash; write one such as "/api/auth"
        gateway.toml:3:11: auth.ui_path: "/auth/" ends with a slash; write one such as "/auth"
    "#]],
    );
    file(
        "[auth]\nbase_path = \"/\"\nui_path = \"/a//b\"",
        &expect![[r#"
        gateway.toml:2:13: auth.base_path: "/" would take every path, so that nothing is left for the upstreams; write one such as "/api/auth"
        gateway.toml:3:11: auth.ui_path: "/a//b" has an empty segment, "." or ".."; write one such as "/auth"
    "#]],
    );
    file(
        "[auth]\nbase_path = \"/a b\"\nui_path = \"/../x\"",
        &expect![[r#"
        gateway.toml:2:13: auth.base_path: "/a b" has other characters than letters, digits, - . _ ~ and /; write one such as "/api/auth"
        gateway.toml:3:11: auth.ui_path: "/../x" has an empty segment, "." or ".."; write one such as "/auth"
    "#]],
    );
    file(
        "[auth]\nbase_path = \"/auth/api\"",
        &expect![[r#"
            gateway.toml:2:13: auth.base_path: the auth API at "/auth/api" and the pages at "/auth" overlap; give one of them another place (here or as auth.ui_path)
        "#]],
    );
    file(
        "[auth]\nbase_path = \"/authentication\"",
        &expect![[r#"
        fine
    "#]],
    );
}

#[test]
fn lifetimes_and_numbers() {
    file(
        r#"
[server]
max_connections = 0
keep_alive = "0s"
max_header_size = "10MiB"
[database]
max_connections = 0
[session]
expires_in = "1d"
[cache]
capacity = 0
ttl = "0s"
[email_password]
min_length = 200
[password]
memory = "4KiB"
[rate_limit]
rules = [{ path = "sign-in", window = "0s", max = 0 }]
[jwt]
algorithm = "eddsa"
[mail]
from = "nobody"
[auth]
app_name = ""
"#,
        &expect![[r#"
            gateway.toml:3:19: server.max_connections: must be at least 1
            gateway.toml:4:14: server.keep_alive: must be longer than zero
            gateway.toml:5:19: server.max_header_size: must lie between "1KiB" and "1MiB"
            gateway.toml:7:19: database.max_connections: must be at least 1
            gateway.toml:8:1: session.update_age: is "1d", not shorter than session.expires_in ("1d"): sessions would end before they are extended
            gateway.toml:11:12: cache.capacity: must be at least 1
            gateway.toml:12:7: cache.ttl: must be longer than zero
            gateway.toml:14:14: email_password.min_length: is 200, more than email_password.max_length (128), so no password would do
            gateway.toml:16:10: password.memory: is too little for argon2id; it needs 8KiB per lane, here 8192 bytes
            gateway.toml:18:19: rate_limit.rules[0].path: "sign-in" is no path below auth.base_path; write one such as "/sign-in/*"
            gateway.toml:18:39: rate_limit.rules[0].window: must be longer than zero
            gateway.toml:18:51: rate_limit.rules[0].max: must be at least 1
            gateway.toml:20:13: jwt.algorithm: "eddsa" is none of EdDSA, ES256, RS256, PS256, ES512; did you mean "EdDSA"?
            gateway.toml:22:8: mail.from: "nobody" is no sender; write "Name <name@example.com>"
            gateway.toml:24:12: auth.app_name: is empty; pages and mails need a name to show
        "#]],
    );
    file(
        "[session]\nexpires_in = \"5000d\"\n[email_password]\nmin_length = 0",
        &expect![[r#"
        gateway.toml:2:14: session.expires_in: is longer than ten years ("3650d")
        gateway.toml:4:14: email_password.min_length: is 0, which would let everybody have an empty password
    "#]],
    );
}

#[test]
fn cookies() {
    file(
        "[cookie]\nprefix = \"my app\"\nsame_site = \"none\"\ndomain = \"localhost\"",
        &expect![[r#"
        gateway.toml:2:10: cookie.prefix: "my app" can't be part of a cookie's name; use letters, digits, "-", "_" and "."
        gateway.toml:3:13: cookie.same_site: "none" needs secure cookies, but server.public_url is not https; browsers would drop them
        gateway.toml:4:10: cookie.domain: "localhost" is no domain that cookies can have; write one such as ".example.com"
    "#]],
    );
    file(
        "[cookie]\nprefix = \"__Secure-x\"\nsame_site = \"none\"\nsecure = false",
        &expect![[r#"
        gateway.toml:2:10: cookie.prefix: leave "__Secure-" and "__Host-" out; the gateway puts "__Secure-" in front when cookies are secure
        gateway.toml:3:13: cookie.same_site: "none" needs secure cookies, but cookie.secure is false; browsers would drop them
    "#]],
    );
    file(
        "[server]\npublic_url = \"https://app.example.org\"\n[cookie]\nsame_site = \"none\"\ndomain = \".example.com\"",
        &expect![[r#"
            gateway.toml:5:10: cookie.domain: browsers would drop the cookies: server.public_url is https://app.example.org, and app.example.org does not lie in .example.com
        "#]],
    );
    file(
        "[server]\npublic_url = \"https://app.example.com\"\n[cookie]\nsame_site = \"none\"\ndomain = \".example.com\"",
        &expect![[r#"
        fine
    "#]],
    );
}

#[test]
fn origins() {
    file(
        r#"
[auth]
trusted_origins = [
    "https://app.example.com", "https://*.example.com", "http://localhost:*", "*.example.com", "192.168.*",
    "myapp://", "exp://10.0.0.1:8081/x", "https://app.example.com:8443", "http://[::1]:3000",
    "https://app.example.com/", "app.example.com", "https://user@app.example.com", "*", "https://*", "http*://*:80",
    "javascript://x", "https://", "https://*.example.com/path", "a, b", "https://app.example.com:443",
]
[cors]
origins = ["https://app.example.com/x"]
"#,
        &expect![[r#"
            gateway.toml:6:5: auth.trusted_origins[9]: "https://app.example.com/" is more than an origin and would never match; write "https://app.example.com"
            gateway.toml:6:33: auth.trusted_origins[10]: "app.example.com" has no scheme; write "https://app.example.com"
            gateway.toml:6:52: auth.trusted_origins[11]: "https://user@app.example.com" is more than an origin and would never match; write "https://app.example.com"
            gateway.toml:6:84: auth.trusted_origins[12]: "*" would trust every site; name at least a domain, such as "https://*.example.com"
            gateway.toml:6:89: auth.trusted_origins[13]: "https://*" would trust every site; name at least a domain, such as "https://*.example.com"
            gateway.toml:6:102: auth.trusted_origins[14]: "http*://*:80" would trust every site; name at least a domain, such as "https://*.example.com"
            gateway.toml:7:5: auth.trusted_origins[15]: "javascript://x" can't be trusted: javascript: is no place of its own
            gateway.toml:7:23: auth.trusted_origins[16]: "https://" is no origin; write one such as "https://app.example.com"
            gateway.toml:7:35: auth.trusted_origins[17]: "https://*.example.com/path" is no host pattern and would never match; write one such as "https://*.example.com"
            gateway.toml:7:65: auth.trusted_origins[18]: "a, b" is not one origin; write one per entry, such as "https://app.example.com"
            gateway.toml:7:73: auth.trusted_origins[19]: "https://app.example.com:443" is more than an origin and would never match; write "https://app.example.com"
            gateway.toml:10:12: cors.origins[0]: "https://app.example.com/x" is more than an origin and would never match; write "https://app.example.com"
        "#]],
    );
}

#[test]
fn what_is_not_served_is_refused() {
    file(
        r#"
[rate_limit]
store = "redis"
[identity_headers]
assertion = "X-Jwt"
[telemetry]
otlp_endpoint = "http://127.0.0.1:4317"
[two_factor]
enabled = true
[passkey]
enabled = false
"#,
        &expect![[r#"
            gateway.toml:3:9: rate_limit.store: counting requests in Redis is not served by this version; remove this setting
            gateway.toml:7:17: telemetry.otlp_endpoint: sending traces to a collector is not served by this version; remove this setting
            gateway.toml:9:11: two_factor.enabled: a second factor is not served by this version; set it to false
        "#]],
    );
}

#[test]
fn identity_headers() {
    file(
        "[identity_headers]\nuser_id = \"X User\"\nrole = \"Content_Length\"\nemail = \"X-User-Name\"",
        &expect![[r#"
        gateway.toml:2:11: identity_headers.user_id: "X User" can't be the name of a header; use letters, digits and "-"
        gateway.toml:3:8: identity_headers.role: "Content_Length" has a meaning of its own and can't carry the identity
        gateway.toml:4:9: identity_headers.email: "X-User-Name" is the name of two headers, `email` and `name`
    "#]],
    );
    file(
        "[identity_headers]\npreset = \"remote\"\nsession_id = \"remote_user\"",
        &expect![[r#"
        gateway.toml:3:14: identity_headers.session_id: "remote_user" is the name of two headers, `user_id` and `session_id`
    "#]],
    );
    let config =
        Given { file: "[identity_headers]\npreset = \"auth-request\"\nrole = \"X-Roles\"", ..Given::default() };
    expect![[r#"
        [
            (
                UserId,
                "X-Auth-Request-User",
            ),
            (
                Role,
                "X-Roles",
            ),
            (
                Email,
                "X-Auth-Request-Email",
            ),
            (
                Name,
                "X-Auth-Request-Preferred-Username",
            ),
        ]
    "#]]
    .assert_debug_eq(&config.load().unwrap().config.identity_headers.names());
}
