//! Tokens as bearer: worth as much as their session, on the very next request.

use gateway_tests::client::{Answer, Person};
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::upstream::Upstream;
use http::Method;

use super::{claims_of, token_of, with_routes};

on_both!(a_token_passes_where_the_route_takes_it, it_ends_with_its_session, it_ends_with_its_user);

struct Scene {
    gateway: Gateway,
    app: Upstream,
    database: Database,
}

impl Scene {
    async fn start(database: Database) -> Self {
        let app = Upstream::start().await;
        let trusted = "[server]\ntrusted_proxies = [\"127.0.0.1\"]";
        let setup = with_routes(Gateway::on(&database).config(trusted), app.address());
        Self { gateway: setup.start().await, app, database }
    }

    /// A request with nothing but the token.
    async fn ask(&self, path: &str, token: &str) -> Answer {
        self.gateway.anon().ask(Method::GET, path).bearer(token).send().await
    }

    /// The same as another proxy asks.
    async fn check(&self, path: &str, token: &str) -> Answer {
        let ask = self.gateway.anon().ask(Method::GET, "/auth/forward/traefik").bearer(token);
        let ask = ask.header("x-forwarded-method", "GET").header("x-forwarded-proto", "http");
        ask.header("x-forwarded-host", "localhost").header("x-forwarded-uri", path).send().await
    }
}

async fn user_id(person: &Person) -> String {
    person.session().await["user"]["id"].as_str().unwrap().to_owned()
}

async fn a_token_passes_where_the_route_takes_it(database: Database) {
    let scene = Scene::start(database).await;
    let ada = scene.gateway.user("ada").await;
    let token = token_of(&ada).await;
    let passed = scene.ask("/api/items", &token).await.expect(200);
    assert!(passed.set_cookies().is_empty(), "a token makes nobody a cookie");
    let seen = scene.app.last();
    assert_eq!(seen.header("x-user-id"), Some(user_id(&ada).await.as_str()));
    assert_eq!(seen.header("authorization"), None, "the app doesn't get it");
    let checked = scene.check("/api/items", &token).await.expect(200);
    assert_eq!(checked.header("x-user-email"), Some("ada@example.com"));
    scene.ask("/items", &token).await.expect(401);
    scene.check("/items", &token).await.expect(401);
    scene.ask("/open/items", &token).await.expect(200);
    let seen = scene.app.last();
    assert_eq!(seen.header("x-user-id"), Some(""), "where it isn't taken it says nothing");
    assert_eq!(seen.header("authorization"), Some(format!("Bearer {token}").as_str()), "and is the app's business");
    scene.ask("/admin/items", &token).await.expect(403);
    let get_session = scene.ask("/api/auth/get-session", &token).await.expect(200);
    assert_eq!(get_session.text(), "null", "the auth API knows sessions only");
    assert_eq!(claims_of(&token)["sid"], ada.session().await["session"]["id"]);
    let forged = format!("{}A", &token[..token.len() - 1]);
    scene.ask("/api/items", &forged[..forged.len() - 2]).await.expect(401);
}

async fn it_ends_with_its_session(database: Database) {
    let scene = Scene::start(database).await;
    let ada = scene.gateway.user("ada").await;
    let token = token_of(&ada).await;
    scene.ask("/api/items", &token).await.expect(200);
    ada.post("/api/auth/sign-out", serde_json::json!({})).await.expect(200);
    scene.ask("/api/items", &token).await.expect(401);
    scene.check("/api/items", &token).await.expect(401);
    ada.sign_in().await.expect(200);
    scene.ask("/api/items", &token).await.expect(401);
    let both = ada.ask(Method::GET, "/api/items").bearer(&token).send().await;
    assert_eq!(both.status, 401, "a token that is ours goes before the cookie");
    ada.get("/api/items").await.expect(200);
}

async fn it_ends_with_its_user(database: Database) {
    let scene = Scene::start(database).await;
    let ada = scene.gateway.user("ada").await;
    let token = token_of(&ada).await;
    scene.ask("/admin/items", &token).await.expect(403);
    let change = |what: &str| format!("update \"user\" set {what} where email = 'ada@example.com'");
    scene.database.execute(&change("role = 'admin'")).await;
    gateway_tests::eventually("the promotion counts", async || scene.ask("/admin/items", &token).await.status == 200)
        .await;
    scene.database.execute(&change("role = 'user'")).await;
    gateway_tests::eventually("the demotion counts", async || scene.ask("/admin/items", &token).await.status == 403)
        .await;
    scene.ask("/api/items", &token).await.expect(200);
    scene.database.execute(&change("banned = true")).await;
    gateway_tests::eventually("the ban counts", async || scene.ask("/api/items", &token).await.status == 401).await;
}
