//! The verifiers of `docs/tokens.md`, run as they stand there: each takes a good assertion and refuses every other one.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use axum::{Json, Router, http::HeaderMap, routing::get};
use gateway_tests::client::fetch;
use gateway_tests::db::Database;
use gateway_tests::gateway::Gateway;
use gateway_tests::peers::part;
use gateway_tests::process::Process;
use gateway_tests::{client, ports, verifier, workspace};
use http::Method;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::decoded;

/// How long a verifier may take to be built and to start.
const PATIENCE: Duration = Duration::from_secs(300);

/// The block of code below this heading.
fn block(heading: &str) -> String {
    let text = std::fs::read_to_string(workspace().join("docs/tokens.md")).unwrap();
    let (_, below) = text.split_once(&format!("### {heading}\n")).expect("the heading is there");
    let (_, code) = below.split_once("```").expect("there is code below it");
    let (code, _) = code.split_once("\n```").expect("the code ends");
    code.split_once('\n').expect("its language stands in a line").1.to_owned() + "\n"
}

/// Runs a verifier on this port, which asks this gateway for the keys.
type Start = fn(&Path, u16, &str) -> Process;

/// A gateway before a verifier.
struct Scene {
    gateway: Gateway,
    app: String,
    database: Database,
    process: Option<Process>,
    _folder: TempDir,
}

impl Scene {
    /// The public URL has to be known before the gateway runs, so it gets a port of its own.
    async fn start(start: Start) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), ports::free());
        let (gateway, database) = gateway(port).await;
        let process = tokio::task::block_in_place(|| start(folder.path(), port, gateway.origin()));
        Self { gateway, app: format!("http://127.0.0.1:{port}"), database, process: Some(process), _folder: folder }
    }

    /// Straight to the app, past the gateway.
    async fn ask(&self, assertion: &str) -> u16 {
        let request = client::builder().build().unwrap().get(format!("{}/me", self.app));
        request.header("x-auth-assertion", assertion).send().await.unwrap().status().as_u16()
    }

    async fn story(self) {
        let mut process = self.process;
        let began = std::time::Instant::now();
        while fetch(format!("{}/me", self.app)).await.is_err() {
            let ended = process.as_mut().and_then(Process::status);
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "it never listened");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let ada = self.gateway.user("ada").await;
        let through = ada.get("/me").await.expect(200).json();
        assert_eq!(through["sub"], ada.session().await["user"]["id"]);
        let forged = ada.ask(Method::GET, "/me").header("x-auth-assertion", "forged").send().await;
        assert_eq!(forged.status, 200, "what a client sends is taken out");
        assert_eq!(self.gateway.anon().ask(Method::GET, "/me").as_fetch().send().await.status, 401);
        let scene = Self { process, ..self };
        let key = Key::of(&scene.database).await;
        assert_eq!(scene.ask(&key.sign(&claims(&scene, &json!({})))).await, 200);
        for (what, changes) in [
            ("expired", json!({ "exp": now() - 120, "iat": now() - 180 })),
            ("another issuer", json!({ "iss": "https://evil.test" })),
            ("another audience", json!({ "aud": "other" })),
            ("a token of /token", json!({ "aud": scene.gateway.origin() })),
            ("no end", json!({ "exp": null })),
        ] {
            assert_eq!(scene.ask(&key.sign(&claims(&scene, &changes))).await, 401, "{what}");
        }
        let stranger = Key { key: EncodingKey::from_ed_der(&der(&[7; 32])), kid: key.kid.clone() };
        assert_eq!(scene.ask(&stranger.sign(&claims(&scene, &json!({})))).await, 401, "another key");
        let unknown = Key { kid: "unknown".into(), ..stranger };
        assert_eq!(scene.ask(&unknown.sign(&claims(&scene, &json!({})))).await, 401, "an unknown key");
        for odd in ["", "a.b.c", "x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."] {
            assert_eq!(scene.ask(odd).await, 401, "{odd:?}");
        }
    }
}

async fn gateway(port: u16) -> (Gateway, Database) {
    let database = Database::sqlite();
    let config = "[identity_headers]\nassertion = true\n[jwt]\ndisable_private_key_encryption = true";
    let setup = Gateway::on(&database).upstream(&format!("127.0.0.1:{port}")).config(config);
    (setup.start().await, database)
}

/// The gateway's private key, as only a test has it.
struct Key {
    key: EncodingKey,
    kid: String,
}

impl Key {
    async fn of(database: &Database) -> Self {
        let jwk = database.text("select \"privateKey\" from jwks").await.expect("there is a key");
        let jwk: Value = serde_json::from_str(&jwk).unwrap();
        let kid = database.text("select id from jwks").await.unwrap();
        Self { key: EncodingKey::from_ed_der(&der(&decoded(jwk["d"].as_str().unwrap()))), kid }
    }

    fn sign(&self, claims: &Value) -> String {
        let header = Header { typ: None, kid: Some(self.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        encode(&header, claims, &self.key).unwrap()
    }
}

/// PKCS #8 of an Ed25519 key (RFC 8410).
fn der(seed: &[u8]) -> Vec<u8> {
    [&[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20], seed].concat()
}

#[expect(clippy::disallowed_methods, reason = "other programs look at the real clock")]
fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

fn claims(scene: &Scene, changes: &Value) -> Value {
    let mut claims = json!({
        "iss": scene.gateway.origin(), "aud": "app", "sub": "ada", "sid": "session", "email": "ada@example.com",
        "role": "user", "iat": now(), "exp": now() + 60,
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

#[tokio::test(flavor = "multi_thread")]
async fn fastapi() {
    let start: Start = |folder, port, gateway| {
        std::fs::write(folder.join("verifier.py"), block("FastAPI")).unwrap();
        let mut command = Command::new(part(".venv/bin/python"));
        command.args(["-m", "uvicorn", "verifier:app", "--port", &port.to_string()]).current_dir(folder);
        Process::start("the verifier for FastAPI", command.env("GATEWAY", gateway))
    };
    Scene::start(start).await.story().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn express() {
    let start: Start = |folder, port, gateway| {
        std::fs::write(folder.join("verifier.mjs"), block("Express")).unwrap();
        std::os::unix::fs::symlink(part("node_modules"), folder.join("node_modules")).unwrap();
        let mut command = Command::new(part(".venv/bin/node"));
        command.arg("verifier.mjs").current_dir(folder).env("PORT", port.to_string());
        Process::start("the verifier for Express", command.env("GATEWAY", gateway))
    };
    Scene::start(start).await.story().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn go() {
    let start: Start = |folder, port, gateway| {
        std::fs::write(folder.join("main.go"), block("Go")).unwrap();
        let cache = workspace().join("target/go");
        let mut build = Command::new(part(".venv/bin/go"));
        build.args(["build", "-o", "verifier", "main.go"]).current_dir(folder).env("GOCACHE", &cache);
        for (name, value) in
            [("GO111MODULE", "off"), ("CGO_ENABLED", "0"), ("GOTOOLCHAIN", "local"), ("GOPATH", "/nowhere")]
        {
            build.env(name, value);
        }
        let built = Process::start("go", &mut build).wait(PATIENCE).expect("it builds in time");
        assert_eq!(built.code, Some(0), "{built:?}");
        let mut command = Command::new(folder.join("verifier"));
        Process::start("the verifier for Go", command.env("GATEWAY", gateway).env("PORT", port.to_string()))
    };
    Scene::start(start).await.story().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn axum() {
    let source = std::fs::read_to_string(workspace().join("tests/src/verifier.rs")).unwrap();
    assert_eq!(source.split_once("\n\n").unwrap().1, block("axum"), "the paper and the code are the same");
    let port = ports::free();
    let (gateway, database) = gateway(port).await;
    let origin = gateway.origin().to_owned();
    let me = get(move |headers: HeaderMap| async move { verifier::user(&origin, &headers).await.map(Json) });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/me", me)).await });
    let app = format!("http://127.0.0.1:{port}");
    Scene { gateway, app, database, process: None, _folder: tempfile::tempdir().unwrap() }.story().await;
}
