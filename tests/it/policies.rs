//! What routes ask of who is signed in: the same decision by every way, and the same story in explanations.

use gateway_tests::client::{Ask, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::{Gateway, Setup};
use gateway_tests::upstream::{Reply, Upstream};
use http::Method;
use serde_json::{Value, json};

on_both!(
    every_way_decides_alike,
    denials_say_why_in_the_callers_language,
    admins_are_told_why_and_nobody_else,
    a_change_of_roles_counts_on_the_next_request,
    explanations_tell_what_would_happen,
);

const CONFIG: &str = r#"
[server]
trusted_proxies = ["127.0.0.1"]
[admin.roles]
editor = { items = ["read", "write"] }
reader = { items = ["read"] }
"#;

/// Path, keys, and who gets in of nobody, a user, a reader, an editor, an editor who is a guest, an admin whose address
/// is verified.
const ROUTES: &[(&str, &str, [bool; 6])] = &[
    ("/open", "access = 'public'", [true; 6]),
    ("/maybe", "access = 'optional'", [true; 6]),
    ("/user", "", [false, true, true, true, true, true]),
    ("/roles", "roles = ['admin', 'editor']", [false, false, false, true, true, true]),
    ("/not", "not_roles = ['guest', 'reader']", [false, true, false, true, false, true]),
    ("/both", "roles = ['editor']\nnot_roles = ['guest']", [false, false, false, true, false, false]),
    ("/read", "permissions = { items = ['read'] }", [false, false, true, true, true, false]),
    ("/write", "permissions = { items = ['read', 'write'] }", [false, false, false, true, true, false]),
    ("/list", "permissions = { user = ['list'] }", [false, false, false, false, false, true]),
    ("/verified", "verified = true", [false, false, false, false, false, true]),
    ("/fresh", "fresh = '1h'", [false, true, true, true, true, true]),
    ("/stale", "fresh = '1ms'", [false; 6]),
];

fn setup(database: &Database, upstream: &Upstream) -> Setup {
    let route = |(path, keys, _): &(&str, &str, [bool; 6])| {
        format!("[[routes]]\nname = \"{}\"\npath = \"{path}\"\nupstream = \"app\"\n{keys}\n", &path[1..])
    };
    let routes: String = ROUTES.iter().map(route).collect();
    let upstreams = format!("[upstreams.app]\nservers = [\"{}\"]\n", upstream.address());
    Gateway::on(database).config(CONFIG).config(&format!("{upstreams}{routes}"))
}

/// Nobody, and those who are named in [`ROUTES`].
async fn people(database: &Database, gateway: &Gateway) -> Vec<Person> {
    let mut people = vec![gateway.anon()];
    for (name, role) in [
        ("user", "user"),
        ("reader", "reader"),
        ("editor", "user,editor"),
        ("guest", "editor, guest"),
        ("root", "admin"),
    ] {
        people.push(gateway.user(name).await);
        database.execute(&format!(r#"update "user" set role = '{role}' where email = '{name}@example.com'"#)).await;
    }
    database.execute(r#"update "user" set "emailVerified" = true where email = 'root@example.com'"#).await;
    // Written past the gateway: it has to hear of it first.
    gateway_tests::eventually("the roles are known", async || {
        people[5].get("/list").await.status == 200 && people[5].get("/verified").await.status == 200
    })
    .await;
    for (person, path) in people[2..5].iter().zip(["/read", "/write", "/write"]) {
        gateway_tests::eventually("the role is known", async || person.get(path).await.status == 200).await;
    }
    people
}

/// Asks as another proxy does.
fn through(person: &Person, proxy: &str, path: &str) -> Ask {
    let ask = person.ask(Method::GET, &format!("/auth/forward/{proxy}"));
    match proxy {
        "nginx" => ask.header("x-original-url", &format!("http://localhost{path}")).header("x-original-method", "GET"),
        _ => ask
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-proto", "http")
            .header("x-forwarded-host", "localhost")
            .header("x-forwarded-uri", path),
    }
}

async fn every_way_decides_alike(database: Database) {
    let upstream = Upstream::start().await;
    let gateway = setup(&database, &upstream).start().await;
    let people = people(&database, &gateway).await;
    for (path, _, expected) in ROUTES {
        for (n, person) in people.iter().enumerate() {
            let refused = if n == 0 { 401 } else { 403 };
            let wanted = if expected[n] { 200 } else { refused };
            assert_eq!(person.get(path).await.status.as_u16(), wanted, "{path}, person {n}, through the proxy");
            for proxy in ["nginx", "traefik", "caddy"] {
                let answer = through(person, proxy, path).send().await;
                assert_eq!(answer.status.as_u16(), wanted, "{path}, person {n}, asked for by {proxy}");
            }
        }
    }
    let (editor, user) = (&people[3], &people[1]);
    editor.get("//write").await.expect(200);
    user.get("/x/../write").await.expect(403);
}

async fn denials_say_why_in_the_callers_language(database: Database) {
    let upstream = Upstream::start().await;
    let gateway = setup(&database, &upstream).start().await;
    let people = people(&database, &gateway).await;
    let guest = &people[4];
    for (path, code, message) in [
        ("/not", "FORBIDDEN", "This is closed to the roles \"guest\", \"reader\"."),
        ("/list", "FORBIDDEN", "This needs a permission that you do not have (user: list)."),
        ("/stale", "SESSION_NOT_FRESH", "This needs a recent sign-in. Sign in again to go on."),
        ("/verified", "EMAIL_NOT_VERIFIED", "This needs a verified e-mail address."),
    ] {
        let answer = guest.get(path).await.expect(403).json();
        assert_eq!((&answer["code"], &answer["message"]), (&json!(code), &json!(message)));
        let page = guest.ask(Method::GET, path).as_navigation().send().await.expect(403).text();
        let escaped = message.replace('"', "&#34;");
        assert!(page.contains(message) || page.contains(&escaped), "{path}: {page}");
        let rpc = guest.ask(Method::POST, path).header("content-type", "application/grpc").send().await.expect(200);
        assert_eq!((rpc.header("grpc-status"), rpc.header("grpc-message")), (Some("7"), Some(message)));
        let page = through(guest, "traefik", path).as_navigation().send().await.expect(403).text();
        assert!(page.contains(message) || page.contains(&escaped), "{path}: {page}");
    }
}

async fn admins_are_told_why_and_nobody_else(database: Database) {
    let upstream = Upstream::start().await;
    let gateway = setup(&database, &upstream).start().await;
    let people = people(&database, &gateway).await;
    let (anon, user, root) = (&people[0], &people[1], &people[5]);
    let asking =
        async |person: &Person, path: &str| person.ask(Method::GET, path).header("x-gateway-explain", "1").send().await;
    upstream.on("/verified", Reply::text(200, &[("cache-control", "public, max-age=600")], "ok"));
    let allowed = asking(root, "/verified").await.expect(200);
    let why = allowed.header("x-gateway-explain").unwrap();
    assert!(why.starts_with("allow; routes[9] \"verified\" (/verified); upstream app; access ok"), "{why}");
    assert_eq!(allowed.header("cache-control"), Some("no-store"), "for nobody else's eyes");
    assert_eq!(upstream.last().header("x-gateway-explain"), None);
    let denied = asking(root, "/write").await.expect(403);
    let why = denied.header("x-gateway-explain").unwrap();
    assert!(why.starts_with("forbidden; routes[7] \"write\"") && why.contains("permissions fails"), "{why}");
    let nothing = asking(root, "/nowhere").await.expect(404);
    assert!(nothing.header("x-gateway-explain").unwrap().starts_with("no_route"));
    for proxy in ["nginx", "traefik"] {
        let denied = through(root, proxy, "/write").header("x-gateway-explain", "1").send().await.expect(403);
        assert!(denied.header("x-gateway-explain").unwrap().starts_with("forbidden; routes[7]"));
    }

    for (person, path, status) in [
        (user, "/user", 200),
        (user, "/roles", 403),
        (user, "/nowhere", 404),
        (anon, "/open", 200),
        (anon, "/user", 401),
    ] {
        let answer = asking(person, path).await.expect(status);
        assert_eq!(answer.header("x-gateway-explain"), None, "{path}");
    }
    assert_eq!(upstream.last().header("x-gateway-explain"), None, "it never reaches an upstream");
    let plain = root.get("/verified").await.expect(200);
    assert_eq!(plain.header("x-gateway-explain"), None, "only if it is asked for");
    assert!(plain.header("cache-control").unwrap().contains("max-age=600"));
}

async fn a_change_of_roles_counts_on_the_next_request(database: Database) {
    let upstream = Upstream::start().await;
    let (setup, gateway) = (setup(&database, &upstream), setup(&database, &upstream).start().await);
    let ada = gateway.user("ada").await;
    let soon = async |path: &str, status: u16| {
        gateway_tests::eventually(path, async || ada.get(path).await.status.as_u16() == status).await;
    };
    ada.get("/write").await.expect(403);
    setup.cli(&["user", "set-role", "ada@example.com", "editor"]);
    soon("/write", 200).await;
    ada.get("/both").await.expect(200);
    setup.cli(&["user", "set-role", "ada@example.com", "editor,guest"]);
    soon("/both", 403).await;
    ada.get("/write").await.expect(200);
    setup.cli(&["user", "set-role", "ada@example.com", "reader"]);
    soon("/write", 403).await;
    ada.get("/read").await.expect(200);
}

async fn explanations_tell_what_would_happen(database: Database) {
    let upstream = Upstream::start().await;
    let (setup, gateway) = (setup(&database, &upstream), setup(&database, &upstream).start().await);
    let people = people(&database, &gateway).await;
    let names = [None, Some("user"), Some("reader"), Some("editor"), Some("guest"), Some("root")];
    let explain = |path: &str, name: Option<&str>| -> Value {
        let email = name.map(|name| format!("{name}@example.com"));
        let who = email.as_ref().map_or(Vec::new(), |email| vec!["--as", email.as_str()]);
        let ended = setup.cli(&[&["explain", "get", path, "--json"], who.as_slice()].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        serde_json::from_str(&ended.stdout).unwrap()
    };
    for (path, _, expected) in
        ROUTES.iter().filter(|(path, ..)| ["/both", "/write", "/verified", "/maybe"].contains(path))
    {
        for (n, name) in names.into_iter().enumerate() {
            let told = explain(path, name);
            let refused = if n == 0 { "sign_in" } else { "forbidden" };
            assert_eq!(told["verdict"], if expected[n] { "allow" } else { refused }, "{path} {name:?}: {told}");
        }
    }
    let told = explain("http://localhost:1/x/../write?page=2", Some("editor"));
    assert_eq!(
        (&told["path"], &told["route"]["index"], &told["route"]["upstream"]),
        (&json!("/write"), &json!(7), &json!("app"))
    );
    assert_eq!(told["passed"].as_array().unwrap().len(), 7);
    assert_eq!(
        told["rules"][1],
        json!({ "rule": "permissions", "needed": "items: read, write", "held": "what user,editor permits", "ok": true })
    );
    let session = people[3].session().await;
    assert!(told["headers"].as_array().unwrap().contains(&json!(["x-user-id", session["user"]["id"]])), "{told}");
    assert!(!told.to_string().contains(&people[3].token()), "no secret is told");

    let words = setup.cli(&["explain", "GET", "/write", "--as", "user@example.com"]).stdout;
    assert!(words.contains("forbidden: This needs a permission") && words.contains("FAILS"), "{words}");
    assert_eq!(explain("/api/auth/ok", None)["verdict"], "own");
    assert_eq!(explain("/nowhere", None)["verdict"], "no_route");
    assert_eq!(setup.cli(&["explain", "GET", "/a%2fb"]).code, Some(2));
    setup.cli(&["user", "ban", "editor@example.com"]);
    assert_eq!(explain("/write", Some("editor"))["verdict"], "sign_in", "banned");
}
