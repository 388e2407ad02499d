//! Keys, kinds of values, syntax; file, environment and flags.

use expect_test::expect;

use super::{Given, env, file, without_folder};
use crate::config::load::{Sources, load};

#[test]
fn keys_that_do_not_exist_are_named_with_the_nearest() {
    file(
        r#"
listen = "x"
secret = "y"
routs = []
wobble = 1
[server]
listn = "127.0.0.1:8080"
url = "x"
wobble = 2
[servr]
a = 1
b = 2
[rate_limit]
rules = [{ path = "/x" }, { pth = "/y" }]
[upstreams.app]
server = "x"
health = { pth = "/" }
[[routes]]
path = "/*"
upstrem = "app"
"#,
        &expect![[r#"
            gateway.toml:2:1: listen: unknown section or key; did you mean `server.listen`?
            gateway.toml:3:1: secret: unknown section or key; did you mean `auth.secret`?
            gateway.toml:4:1: routs: unknown section; did you mean [routes]?
            gateway.toml:5:1: wobble: unknown section or key; known sections: `server`, `tls`, `database`, `auth`, `session`, `cache`, `cookie`, `email_password`, `email_verification`, `mail`, `rate_limit`, `cors`, `password`, `users`, `account_linking`, `bearer`, `admin`, `jwt`, `magic_link`, `email_otp`, `username`, `anonymous`, `multi_session`, `one_time_token`, `last_login_method`, `two_factor`, `passkey`, `organization`, `api_key`, `device_authorization`, `open_api`, `oauth`, `identity_headers`, `upstreams`, `routes`, `audit`, `telemetry`
            gateway.toml:7:1: server.listn: unknown key; did you mean `listen`?
            gateway.toml:8:1: server.url: unknown key; did you mean `database.url`?
            gateway.toml:9:1: server.wobble: unknown key; known here: `listen`, `admin_listen`, `public_url`, `trusted_proxies`, `threads`, `shutdown_grace`, `request_header_timeout`, `max_header_size`, `max_body_size`, `max_connections`, `max_connections_per_address`, `keep_alive`
            gateway.toml:10:2: servr: unknown section; did you mean [server]?
            gateway.toml:14:29: rate_limit.rules[1].pth: unknown key; did you mean `path`?
            gateway.toml:16:1: upstreams.app.server: unknown key; did you mean `servers`?
            gateway.toml:17:12: upstreams.app.health.pth: unknown key; did you mean `path`?
            gateway.toml:20:1: routes[0].upstrem: unknown key; did you mean `upstream`?
        "#]],
    );
}

#[test]
fn values_of_the_wrong_kind() {
    file(
        r#"
[server]
threads = "four"
max_body_size = 5
shutdown_grace = "soon"
trusted_proxies = ["10.0.0.0/8", 3]
max_connections = -1
listen = { port = 3 }
[cookie]
same_site = "laxx"
secure = 3
[auth]
secret = 12345
[database]
url = ["postgres://user:password@host/db"]
[session]
cookie_cache = 3
[cache]
capacity = 99999999999999999999
[rate_limit]
rules = [{ path = "/x", window = 3 }]
max = 5000000000
[telemetry]
log = 5
[upstreams.app]
servers = "127.0.0.1:80"
balance = "random"
[[routes]]
access = "usr"
[[routes]]
roles = "admin"
max_body_size = 07:32:00
[identity_headers]
assertion = 3
[magic_link]
enabled = "yes"
[admin.roles.support]
user = "list"
"#,
        &expect![[r#"
            gateway.toml:3:11: server.threads: expected a whole number, 0 or more, found the text "four"
            gateway.toml:4:17: server.max_body_size: expected a size such as "1MiB", found the number 5
            gateway.toml:5:18: server.shutdown_grace: "soon" is not a duration; write a number and a unit such as "30s", "15m", "12h" or "7d"
            gateway.toml:6:34: server.trusted_proxies[1]: expected a text in quotes, found the number 3
            gateway.toml:7:19: server.max_connections: expected a whole number, 0 or more, found the number -1
            gateway.toml:8:10: server.listen: expected an address such as "127.0.0.1:8080" or a list of them, found a table
            gateway.toml:10:13: cookie.same_site: "laxx" is none of "lax", "strict", "none"; did you mean "lax"?
            gateway.toml:11:10: cookie.secure: expected "auto", true or false, found the number 3
            gateway.toml:13:10: auth.secret: expected a text in quotes, found a number
            gateway.toml:15:7: database.url: expected a text in quotes, found a list
            gateway.toml:17:16: session.cookie_cache: expected a table of keys and values, found the number 3
            gateway.toml:19:12: cache.capacity: expected a whole number, 0 or more, found the text "99999999999999999999"
            gateway.toml:21:34: rate_limit.rules[0].window: expected a duration such as "15m", found the number 3
            gateway.toml:22:7: rate_limit.max: expected a whole number from 0 to 4294967295, found the number 5000000000
            gateway.toml:24:7: telemetry.log: expected a text in quotes, found the number 5
            gateway.toml:26:11: upstreams.app.servers: expected a list; write ["127.0.0.1:80"]
            gateway.toml:27:11: upstreams.app.balance: "random" is unknown; the only choice is "round_robin"
            gateway.toml:29:10: routes[0].access: "usr" is none of "public", "optional", "user"; did you mean "user"?
            gateway.toml:31:9: routes[1].roles: expected a list; write ["admin"]
            gateway.toml:32:17: routes[1].max_body_size: "07:32:00" is not a size; write a number and a unit such as "64KiB" or "1MiB"
            gateway.toml:34:13: identity_headers.assertion: expected true, false or a header name, found the number 3
            gateway.toml:36:11: magic_link.enabled: expected true or false, found the text "yes"
            gateway.toml:38:8: admin.roles.support.user: expected a list; write ["list"]
        "#]],
    );
}

#[test]
fn sections_and_lists_mixed_up() {
    file(
        "server = []\nroutes = [[]]\ntls = [[]]\ncookie = \"x\"\nupstreams = []\n",
        &expect![[r#"
            gateway.toml:1:10: server: is a table of keys and values, not a list; write [server] with its keys below
            gateway.toml:2:11: routes[0]: is a table of keys and values, not a list; write it as { key = value }
            gateway.toml:3:7: tls: is a table of keys and values, not a list; write [tls] with its keys below
            gateway.toml:4:10: cookie: expected a table of keys and values, found the text "x"
            gateway.toml:5:13: upstreams: expected a table of names and values, found a list
        "#]],
    );
    file(
        "[routes]\npath = \"/*\"\n[tls.certificates]\ncert = \"a\"\n",
        &expect![[r#"
            gateway.toml:1:1: routes: is a list of tables; write each as [[routes]] with its keys below
            gateway.toml:3:1: tls.certificates: is a list of tables; write each as [[tls.certificates]] with its keys below
        "#]],
    );
}

#[test]
fn slips_in_one_line_do_not_hide_the_others() {
    file(
        "[server\nlisten = 3\nthreads = = 4\n[auth]\nsecrt = 'x'\n[auth]\n",
        &expect![[r#"
        gateway.toml:1:8: not valid TOML: unclosed table, expected `]`
        gateway.toml:3:11: not valid TOML: extra `=`, expected nothing
        gateway.toml:5:1: auth.secrt: unknown key; did you mean `secret`?
        gateway.toml:6:2: not valid TOML: duplicate key
    "#]],
    );
    file(
        "[server]\nlisten = \"127.0.0.1:80\n\n[cookie]\nprefx = \"a\"\n",
        &expect![[r#"
        gateway.toml:2:23: not valid TOML: invalid basic string, expected `"`
        gateway.toml:5:1: cookie.prefx: unknown key; did you mean `prefix`?
    "#]],
    );
    file(
        "[auth]\nbase_path = /api\nui_path = '/x'\nui_path = '/y'\nsecrt = 1",
        &expect![[r#"
        gateway.toml:2:13: not valid TOML: string values must be quoted, expected literal string
        gateway.toml:4:1: not valid TOML: duplicate key
        gateway.toml:5:1: auth.secrt: unknown key; did you mean `secret`?
    "#]],
    );
}

#[test]
fn files_that_can_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let latin = folder.path().join("latin/gateway.toml");
    std::fs::create_dir(folder.path().join("latin")).unwrap();
    std::fs::write(&latin, b"[auth]\napp_name = \"caf\xe9\"").unwrap();
    let told = |file: std::path::PathBuf| {
        let env = vec![("GATEWAY_FOO".to_owned(), String::new())];
        let problems = load(Sources { file: Some(file), env, flags: Vec::new() }).unwrap_err();
        problems.iter().map(|problem| format!("{}\n", without_folder(&problem.to_string()))).collect::<String>()
    };
    expect![[r#"
        environment GATEWAY_FOO: no such setting; a variable is called GATEWAY_<SECTION>__<KEY> after a key of the file
        gateway.toml: the configuration file can not be read: there is no such file
        gateway.toml:2:16: this is not UTF-8 text; save the file as UTF-8
        environment GATEWAY_FOO: no such setting; a variable is called GATEWAY_<SECTION>__<KEY> after a key of the file
    "#]]
    .assert_eq(&[told(folder.path().join("gateway.toml")), told(latin)].concat());
}

#[test]
fn variables_that_are_wrong() {
    env(
        &[
            ("GATEWAY_SERVER_LISTEN", "x"),
            ("GATEWAY_SERVER__LISTN", "x"),
            ("GATEWAY_SERVER__LISTEN__X", "127.0.0.1:80"),
            ("GATEWAY_SERVER__THREADS", "four"),
            ("GATEWAY_ROUTES", "[{path='/*', upstrem='app'}]"),
            ("GATEWAY_AUTH__SECRET_FILE", "/nope"),
            ("GATEWAY_FOO", "1"),
            ("GATEWAY_UPSTREAMS__APP__SERVER", "127.0.0.1:80"),
            ("GATEWAY_RATE_LIMIT__RULES", "abc"),
            ("GATEWAY_CACHE__TTL", "15"),
            ("GATEWAY_RATELIMIT__MAX", "5"),
            ("BETTER_AUTH_URL", "nope"),
        ],
        &expect![[r#"
            environment BETTER_AUTH_URL: expected an address such as "https://app.example.com"
            environment GATEWAY_AUTH__SECRET_FILE: the file /nope can not be read: there is no such file
            environment GATEWAY_CACHE__TTL: cache.ttl: expected a duration such as "15m", found the number 15
            environment GATEWAY_FOO: no such setting; a variable is called GATEWAY_<SECTION>__<KEY> after a key of the file
            environment GATEWAY_RATELIMIT__MAX: no such setting; did you mean GATEWAY_RATE_LIMIT__MAX?
            environment GATEWAY_RATE_LIMIT__RULES: rate_limit.rules: expected a list in [ ], found the text "abc"
            environment GATEWAY_ROUTES: routes[0].upstrem: unknown key; did you mean `upstream`?
            environment GATEWAY_SERVER_LISTEN: no such setting; did you mean GATEWAY_SERVER__LISTEN?
            environment GATEWAY_SERVER__LISTEN__X: no such setting; `server.listen` is a plain value, nothing is below it
            environment GATEWAY_SERVER__LISTN: no such setting; did you mean GATEWAY_SERVER__LISTEN?
            environment GATEWAY_SERVER__THREADS: server.threads: expected a whole number, 0 or more, found the text "four"
            environment GATEWAY_UPSTREAMS__APP__SERVER: no such setting; did you mean GATEWAY_UPSTREAMS__APP__SERVERS?
        "#]],
    );
}

#[test]
fn variables_that_others_set_are_left_alone() {
    env(
        &[
            ("GATEWAY_SERVICE_HOST", "10.0.0.7"),
            ("GATEWAY_SERVICE_PORT", "80"),
            ("GATEWAY_SERVICE_PORT_HTTP", "80"),
            ("GATEWAY_PORT", "tcp://10.0.0.7:80"),
            ("GATEWAY_PORT_80_TCP_ADDR", "10.0.0.7"),
            ("GATEWAY_CONFIG", "gateway.toml"),
            ("PATH", "/bin"),
        ],
        &expect![[r#"
            fine
        "#]],
    );
}

#[test]
fn variables_and_flags_are_read_as_the_key_wants() {
    let loaded = Given {
        file: "[server]\nlisten = '1.1.1.1:1'\nthreads = 1\n[upstreams.app]\nretries = 3",
        env: &[
            ("GATEWAY_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1"),
            ("GATEWAY_SERVER__LISTEN", "127.0.0.1:80,unix:/run/x.sock"),
            ("GATEWAY_SERVER__THREADS", "4"),
            ("GATEWAY_AUTH__APP_NAME", "12"),
            ("GATEWAY_AUTH__SECRET", "\"quotes are a part of every secret\""),
            ("GATEWAY_COOKIE__SECURE", "true"),
            ("GATEWAY_CACHE__TTL", "15s"),
            ("GATEWAY_ROUTES", "[{path='/*', upstream='app', roles=['admin']}]"),
            ("GATEWAY_UPSTREAMS__APP__SERVERS", "127.0.0.1:80"),
            ("GATEWAY_PASSKEY__ATTEMPTS", "3"),
        ],
        flags: &[("--threads", "server.threads", "8")],
    };
    let loaded = loaded.load().unwrap();
    let config = &loaded.config;
    expect![[r#"(["127.0.0.1:80", "unix:/run/x.sock"], ["10.0.0.0/8", "127.0.0.1"], 8, "12", "\"quotes are a part of every secret\"", Always, Period(15s), ["admin"], ["127.0.0.1:80"], 3, {"attempts": Integer(3)})"#]].assert_eq(&format!(
        "{:?}",
        (
            &config.server.listen.0,
            &config.server.trusted_proxies,
            config.server.threads,
            &config.auth.app_name,
            config.auth.secret.expose(),
            config.cookie.secure,
            config.cache.ttl,
            &config.routes[0].roles,
            &config.upstreams["app"].servers,
            config.upstreams["app"].retries,
            &config.passkey.options,
        )
    ));
}

#[test]
fn secrets_come_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "0123456789abcdef0123456789abcdef\n").unwrap();
    let path = path.to_str().unwrap();
    let given = Given { env: &[("GATEWAY_AUTH__SECRET_FILE", path)], ..Given::default() };
    assert_eq!(given.load().unwrap().config.auth.secret.expose(), "0123456789abcdef0123456789abcdef");
    env(
        &[("GATEWAY_AUTH__SECRET_FILE", path), ("GATEWAY_AUTH__SECRET", "x")],
        &expect![[r#"
            environment GATEWAY_AUTH__SECRET: auth.secret: is too short: 1 of at least 32 bytes; make one with: openssl rand -base64 32
            environment GATEWAY_AUTH__SECRET_FILE: both GATEWAY_AUTH__SECRET and GATEWAY_AUTH__SECRET_FILE are set; keep one of them
        "#]],
    );
}

#[test]
fn the_strongest_source_wins() {
    let env = &[
        ("DATABASE_URL", "postgres://borrowed/db"),
        ("BETTER_AUTH_URL", "https://app.example.com/identity/v1/"),
        ("BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcdef"),
        ("AUTH_SECRET", "never looked at"),
        ("BETTER_AUTH_TRUSTED_ORIGINS", "https://a.example, https://b.example"),
        ("GATEWAY_COOKIE__PREFIX", "from-env"),
    ];
    let given = Given {
        file: "[cookie]\nprefix = 'from-file'\n[database]\nurl = 'sqlite://from-file.db'",
        env,
        flags: &[("--listen", "server.listen", "127.0.0.1:1")],
    };
    let loaded = given.load().unwrap();
    let (config, places) =
        (&loaded.config, ["database.url", "auth.secret", "cookie.prefix", "server.listen", "session"]);
    expect![[r#"
        ("sqlite://from-file.db", "https://app.example.com", "/identity/v1", ["https://a.example", "https://b.example"], "from-env")
        [
            "gateway.toml:4:7: database.url: ",
            "environment BETTER_AUTH_SECRET: auth.secret: ",
            "environment GATEWAY_COOKIE__PREFIX: cookie.prefix: ",
            "flag --listen: server.listen: ",
            "session: ",
        ]"#]].assert_eq(&format!(
        "{:?}\n{:#?}",
        (
            config.database.url.expose(),
            &config.server.public_url,
            &config.auth.base_path,
            &config.auth.trusted_origins,
            &config.cookie.prefix,
        ),
        places.map(|key| without_folder(&loaded.problem(key, "").to_string())),
    ));
}
