//! Tables, and texts of strangers in them.

use chrono::{DateTime, TimeDelta, Utc};
use expect_test::expect;

use crate::{
    cli::{
        check, database,
        failure::Refused,
        output::{cut, harmless},
        routes, session,
        table::Table,
        user::{list, view::UserView},
    },
    config::{Config, DatabaseConfig, Secret, load::load_text},
    proxy::route::Routes,
    store::{Session, User},
};

fn now() -> DateTime<Utc> {
    "2026-11-21T09:00:00.000Z".parse().unwrap()
}

fn user(email: &str) -> User {
    User {
        id: "9OH6qn9AarSUB71Xsx00XZeSZWnCjOGn".into(),
        name: "Ada".into(),
        email: email.into(),
        created_at: now(),
        updated_at: now(),
        role: Some("user".into()),
        banned: Some(false),
        ..User::default()
    }
}

fn banned(email: &str, until: Option<DateTime<Utc>>) -> User {
    User { banned: Some(true), ban_reason: Some("spam".into()), ban_expires: until, ..user(email) }
}

#[test]
fn columns_are_aligned_and_empty_ones_left_out() {
    let mut table = Table::new(&["A", "EMPTY", "LONGER"]);
    table.row(["é".into(), String::new(), "1".into()]);
    table.row(["two words".into(), String::new(), "22".into()]);
    expect![[r#"
        A          LONGER
        é          1
        two words  22
    "#]]
    .assert_eq(&table.to_string());
}

#[test]
fn strangers_do_not_steer_the_terminal() {
    assert_eq!(harmless("Ada\u{1b}[2J\u{202e}\r\nx"), "Ada\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}x");
    let mut table = Table::new(&["NAME"]);
    table.row(["a\nb".into()]);
    assert_eq!(table.to_string(), "NAME\na\u{fffd}b\n");
    assert_eq!((cut("Grace", 5).as_str(), cut("Grace H", 5).as_str()), ("Grace", "Grac…"));
}

#[test]
fn users_fit_a_terminal() {
    let users = [
        user("ada@example.com"),
        User { email_verified: true, name: "A name that is rather long".into(), ..user("grace.hopper@example.com") },
        banned("eve@example.com", None),
        banned("mallory@example.com", Some(now() + TimeDelta::days(7))),
        banned("trudy@example.com", Some(now() - TimeDelta::days(7))),
    ];
    let text = list::table(&users, now()).to_string();
    expect![[r#"
        ADDRESS                   NAME          ROLE  VERIFIED  BANNED UNTIL  MADE
        ada@example.com           Ada           user                          2026-11-21
        grace.hopper@example.com  A name that…  user  yes                     2026-11-21
        eve@example.com           Ada           user            for good      2026-11-21
        mallory@example.com       Ada           user            2026-11-28    2026-11-21
        trudy@example.com         Ada           user                          2026-11-21
    "#]]
    .assert_eq(&text);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn a_user_as_json_has_the_names_of_the_api() {
    let text = serde_json::to_string(&UserView::from(&banned("eve@example.com", Some(now())))).unwrap();
    expect![[r#"{"id":"9OH6qn9AarSUB71Xsx00XZeSZWnCjOGn","name":"Ada","email":"eve@example.com","emailVerified":false,"image":null,"role":"user","banned":true,"banReason":"spam","banExpires":"2026-11-21T09:00:00.000Z","createdAt":"2026-11-21T09:00:00.000Z","updatedAt":"2026-11-21T09:00:00.000Z"}"#]].assert_eq(&text);
}

#[test]
fn sessions_fit_a_terminal_and_show_no_token() {
    let session = Session {
        id: "cxHMykokDJozjAfHSNWEDAHlN8zduJIM".into(),
        token: "t8O2DXJC7OtBTEtpsvutRdLWIU6Zog33".into(),
        user_id: "u".into(),
        expires_at: now() + TimeDelta::days(7),
        created_at: now(),
        updated_at: now(),
        ip_address: Some("203.0.113.7".into()),
        user_agent: Some("Mozilla/5.0".into()),
        impersonated_by: None,
    };
    let text = session::table(&[(session, user("grace.hopper@example.com"))]).to_string();
    expect![[r#"
        ID          USER                      FROM         BEGAN (UTC)       ENDS
        cxHMykokDJ  grace.hopper@example.com  203.0.113.7  2026-11-21 09:00  2026-11-28
    "#]]
    .assert_eq(&text);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn routes_are_shown_in_order() {
    let config = load_text(
        "gateway.toml",
        r#"
        [upstreams.app]
        servers = ["127.0.0.1:8000", "127.0.0.1:8001"]
        [[routes]]
        path = "/open/*"
        methods = ["GET", "POST"]
        access = "public"
        upstream = "app"
        [[routes]]
        name = "admins"
        host = "api.example.com"
        path = "/admin/*"
        roles = ["admin", "editor"]
        verified = true
        fresh = true
        upstream = "app"
        "#,
    )
    .unwrap()
    .config;
    let routes = Routes::compile(&config).unwrap();
    let lines = routes::lines(&config, &routes);
    expect![[r#"
        BUILT IN                      WHAT
        /api/auth/*                   auth API
        /auth/*                       pages and forward-auth
        /.well-known/change-password  account page
    "#]]
    .assert_eq(&routes::own_table(&lines).to_string());
    expect![[r#"
        HOST             PATH      METHODS   ACCESS  ROLES          ALSO                UPSTREAM  NAME
                         /open/*   GET,POST  public                                     app
        api.example.com  /admin/*            user    admin, editor  verified, fresh 1d  app       admins
    "#]]
    .assert_eq(&routes::route_table(&lines).to_string());
    expect![[r#"[{"builtIn":false,"name":"/open/*","host":null,"methods":["GET","POST"],"path":"/open/*","access":"public","roles":[],"notRoles":[],"permissions":{},"verified":false,"fresh":false,"freshWithin":null,"jwt":false,"audience":null,"upstream":"app","servers":["127.0.0.1:8000","127.0.0.1:8001"]},{"builtIn":false,"name":"admins","host":"api.example.com","methods":[],"path":"/admin/*","access":"user","roles":["admin","editor"],"notRoles":[],"permissions":{},"verified":true,"fresh":true,"freshWithin":"1d","jwt":false,"audience":null,"upstream":"app","servers":["127.0.0.1:8000","127.0.0.1:8001"]}]"#]].assert_eq(&serde_json::to_string(&lines[3..]).unwrap());
}

#[test]
fn databases_are_named_without_their_password() {
    let place = |url: &str| database::place(&DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() });
    assert_eq!(place("sqlite://a/b.db"), "SQLite at a/b.db");
    assert_eq!(place("sqlite::memory:"), "SQLite in memory");
    assert_eq!(place("postgres://ada:hush@db.internal:5433/app?sslmode=require"), "PostgreSQL at db.internal:5433/app");
    assert_eq!(place("postgresql:///app?host=/run/postgresql&password=hush"), "PostgreSQL");
    assert!(database::file(&Config::default().database).is_ok_and(|file| file.is_some()));
    let memory = DatabaseConfig { url: Secret::new("sqlite::memory:"), ..DatabaseConfig::default() };
    assert!(database::file(&memory).is_err_and(|error| error.to_string().contains("in memory")));
}

#[test]
fn problems_as_json_have_their_place() {
    let wrong = load_text("gateway.toml", "[server]\nlissten = 1\n[session]\nexpires_in = \"soon\"\n");
    let report = serde_json::to_string(&check::Report::of(&wrong.map_err(Refused))).unwrap();
    expect![[r#"{"ok":false,"problems":[{"file":"gateway.toml","line":2,"column":1,"environment":null,"flag":null,"key":"server.lissten","message":"unknown key; did you mean `listen`?"},{"file":"gateway.toml","line":4,"column":14,"environment":null,"flag":null,"key":"session.expires_in","message":"\"soon\" is not a duration; write a number and a unit such as \"30s\", \"15m\", \"12h\" or \"7d\""}]}"#]].assert_eq(&report);
}
