//! The same decision, asked for by nginx, Traefik and Caddy with the files of `deploy/`.

mod direct;

use gateway_tests::client::Person;
use gateway_tests::db::Database;
use gateway_tests::edge::{Edge, Kind};
use gateway_tests::gateway::Gateway;
use gateway_tests::raw::Raw;
use gateway_tests::upstream::{Reply, Upstream};
use http::Method;
use serde_json::json;

/// Tells each story once behind each proxy.
macro_rules! behind_each {
    ($($story:ident),* $(,)?) => { $(
        mod $story {
            use super::{Kind, Scene};

            #[tokio::test(flavor = "multi_thread")]
            async fn nginx() {
                super::$story(Scene::start(Kind::Nginx).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn traefik() {
                super::$story(Scene::start(Kind::Traefik).await).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn caddy() {
                super::$story(Scene::start(Kind::Caddy).await).await;
            }
        }
    )* };
}

behind_each!(
    a_signed_in_user_passes_with_headers,
    a_stranger_is_stopped_in_their_own_language,
    forged_identities_never_arrive,
    claims_about_another_path_are_not_believed,
    no_form_of_a_request_gets_around_the_check,
    an_extended_session_brings_its_cookie,
    without_the_gateway_nothing_passes,
);

/// An edge proxy before an app, asking a gateway.
struct Scene {
    kind: Kind,
    edge: Edge,
    gateway: Gateway,
    app: Upstream,
    database: Database,
}

impl Scene {
    async fn start(kind: Kind) -> Self {
        let (database, app) = (Database::sqlite(), Upstream::start().await);
        let (edge, gateway) = Edge::start(kind, Gateway::on(&database), app.address()).await;
        Self { kind, edge, gateway, app, database }
    }

    /// Somebody in a browser that knows only the edge.
    fn anon(&self) -> Person {
        self.gateway.anon().at(self.edge.origin(), self.edge.origin())
    }

    async fn user(&self, name: &str) -> Person {
        let mut person = self.anon();
        person.sign_up(name).await;
        person
    }

    /// How many requests beside the start's own have reached the app.
    fn reached(&self) -> usize {
        self.app.seen().iter().filter(|seen| seen.path() != "/health").count()
    }
}

async fn a_signed_in_user_passes_with_headers(scene: Scene) {
    let ada = scene.user("ada").await;
    let session = ada.session().await;
    ada.get("/items?page=2").await.expect(200);
    let seen = scene.app.last();
    assert_eq!(seen.target, "/items?page=2");
    for (name, value) in [
        ("x-user-id", &session["user"]["id"]),
        ("x-user-role", &json!("user")),
        ("x-user-email", &json!("ada@example.com")),
        ("x-user-name", &json!("ada")),
        ("x-session-id", &session["session"]["id"]),
    ] {
        assert_eq!(seen.all(name), [value.as_str().unwrap()], "{}", seen.head);
    }
    let answer = ada.post("/items", json!({ "a": "b" })).await.expect(200);
    assert_eq!(answer.json()["body"], r#"{"a":"b"}"#);
    scene.app.on("/own", Reply::text(401, &[("www-authenticate", "Own")], "the app's own"));
    assert_eq!(ada.get("/own").await.expect(401).text(), "the app's own");

    ada.post("/api/auth/sign-out", json!({})).await.expect(200);
    ada.get("/items").await.expect(401);
}

async fn a_stranger_is_stopped_in_their_own_language(scene: Scene) {
    let anon = scene.anon();
    let page = anon.ask(Method::GET, "/items?page=2&x=%26").as_navigation().send().await.expect(302);
    let location = reqwest::Url::parse(scene.edge.origin()).unwrap().join(page.header("location").unwrap()).unwrap();
    assert!(location.as_str().starts_with(&format!("{}/auth/sign-in?", scene.edge.origin())), "{location}");
    let back: Vec<_> = location.query_pairs().map(|(_, value)| value.into_owned()).collect();
    assert_eq!(back.len(), 1, "{location}");
    assert!(back[0].ends_with("/items?page=2&x=%26"), "{location}");
    let sign_in = anon.ask(Method::GET, &location.as_str()[scene.edge.origin().len()..]).as_navigation().send().await;
    assert!(sign_in.expect(200).text().contains("<form"));

    let answer = anon.ask(Method::GET, "/items").as_fetch().send().await.expect(401);
    assert_eq!(answer.header("location"), None);
    assert_eq!(answer.code(), "UNAUTHORIZED");
    assert!(answer.header("www-authenticate").is_some());
    anon.post("/items", json!({})).await.expect(401);
    anon.ask(Method::OPTIONS, "/items").send().await.expect(401);
    assert_eq!(scene.reached(), 0);
    anon.get("/health").await.expect(200);
}

async fn forged_identities_never_arrive(scene: Scene) {
    let ada = scene.user("ada").await;
    let id = ada.session().await["user"]["id"].as_str().unwrap().to_owned();
    let forgeries: [&[(&str, &str)]; 7] = [
        &[("X-User-Id", "root")],
        &[("X-User-Id", "root"), ("x-user-id", "admin")],
        &[("X_User_Id", "root")],
        &[("X-User_Id", "root"), ("X_USER-ID", "admin")],
        &[("Connection", "X-User-Id"), ("X-User-Id", "root")],
        &[("X-User-Role", "admin"), ("X_User_Role", "admin"), ("X_Session_Id", "root")],
        &[("X-User-Email", "root@x"), ("X-User_Name", "root")],
    ];
    for forgery in forgeries {
        let lines: String = forgery.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        for (path, cookie, expected) in
            [("/items", format!("cookie: {}\r\n", ada.session_cookie()), id.as_str()), ("/health", String::new(), "")]
        {
            let mut raw = Raw::connect(&scene.edge.address()).await;
            let host = scene.edge.origin().replace("http://", "");
            raw.send(format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{cookie}{lines}\r\n")).await;
            let status = raw.answer().await.expect("an answer").status;
            assert!(status == 200 || status == 400, "{forgery:?}: {status}");
            let seen = scene.app.last();
            assert!(!seen.head.contains("root") && !seen.head.contains("admin"), "{forgery:?} arrived:\n{}", seen.head);
            if status == 200 {
                assert_eq!(seen.header("x-user-id").unwrap_or_default(), expected, "{forgery:?}:\n{}", seen.head);
            }
        }
    }
}

async fn claims_about_another_path_are_not_believed(scene: Scene) {
    let anon = scene.anon();
    let origin = scene.edge.origin();
    for (name, value) in [
        ("x-original-url", format!("{origin}/health")),
        ("x-original-uri", "/health".into()),
        ("x-forwarded-uri", "/health".into()),
        ("x-forwarded-method", "OPTIONS".into()),
        ("x-original-method", "OPTIONS".into()),
        ("x-rewrite-url", "/health".into()),
        ("x-forwarded-for", "127.0.0.1".into()),
        ("forwarded", "for=127.0.0.1;host=localhost".into()),
    ] {
        let status = anon.ask(Method::GET, "/items").header(name, &value).send().await.status;
        assert!(status == 401 || status == 400, "{name}: {status}");
    }
    let host = origin.replace("http://", "");
    for target in [
        "/health/../items",
        "/health/..%2fitems",
        "/health/%2e%2e/items",
        "//items",
        "/health;/../items",
        "/health\\..\\items",
    ] {
        let mut raw = Raw::connect(&scene.edge.address()).await;
        raw.send(format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")).await;
        let status = raw.answer().await.map_or(0, |answer| answer.status);
        assert!(matches!(status, 0 | 301 | 307 | 308 | 400..=404), "{target}: {status}");
    }
    for path in ["/auth/forward", "/auth/forward/nginx", "/auth/forward/traefik", "/auth/forward/caddy"] {
        let status = anon.get(path).await.status;
        assert!(matches!(status.as_u16(), 401 | 403 | 404), "{path}: {status}");
    }
    assert_eq!(scene.reached(), 0);
}

async fn no_form_of_a_request_gets_around_the_check(scene: Scene) {
    let anon = scene.anon();
    // In gRPC a denial has status 200.
    for media in ["application/grpc", "application/grpc+proto"] {
        let status = anon.ask(Method::POST, "/items").header("content-type", media).send().await.status;
        assert!(status.is_client_error(), "{media}: {status}");
    }
    let host = scene.edge.origin().replace("http://", "");
    let send = async |target: &str, lines: &str| {
        let mut raw = Raw::connect(&scene.edge.address()).await;
        raw.send(format!("GET {target} HTTP/1.1\r\nhost: {host}\r\n{lines}connection: close\r\n\r\n")).await;
        raw.answer().await.map_or(0, |answer| answer.status)
    };
    // What is public once it is resolved must not be forwarded as it was sent.
    for target in ["/items/../health", "/items/%2e%2e/health", "/items/./../health", "//health"] {
        let status = send(target, "").await;
        let forwarded = scene.reached();
        assert_eq!(forwarded, 0, "{target}: {status}, and the app saw {:?}", scene.app.last().target);
    }
    // A tunnel to the app would carry requests that nobody judges.
    let ada = scene.user("ada").await;
    let upgrade = "upgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\nconnection: upgrade, http2-settings, ";
    let mut raw = Raw::connect(&scene.edge.address()).await;
    let cookie = ada.session_cookie();
    raw.send(format!("GET /items HTTP/1.1\r\nhost: {host}\r\ncookie: {cookie}\r\n{upgrade}close\r\n\r\n")).await;
    let status = raw.answer().await.map_or(0, |answer| answer.status);
    assert!(status == 200 || status == 400, "{status}");
    assert!(scene.app.seen().iter().all(|seen| seen.header("upgrade").is_none()), "an upgrade to h2c arrived");
}

async fn an_extended_session_brings_its_cookie(scene: Scene) {
    let ada = scene.user("ada").await;
    assert_eq!(ada.get("/items").await.expect(200).set_cookies(), []);
    let moved = gateway_tests::moment(5 * 86_400);
    scene.database.execute(&format!("update session set \"expiresAt\" = '{moved}'")).await;
    gateway_tests::eventually("the extended cookie comes with the app's answer", async || {
        ada.get("/items").await.expect(200).sets("session_token").is_some()
    })
    .await;
    gateway_tests::eventually("the session is extended", async || {
        gateway_tests::seconds_until(&ada.session().await["session"]["expiresAt"]) > 6 * 86_400
    })
    .await;
}

async fn without_the_gateway_nothing_passes(mut scene: Scene) {
    let ada = scene.user("ada").await;
    ada.get("/items").await.expect(200);
    let before = scene.reached();
    tokio::task::block_in_place(|| scene.gateway.stop());
    let status = ada.get("/items").await.status;
    assert!(status.is_server_error(), "{:?}: {status}", scene.kind);
    assert_eq!(scene.reached(), before);
}
