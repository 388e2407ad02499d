//! Who is put under steady load, and with which request.

use anyhow::{Context, Result};
use gateway_tests::db::Database;

use crate::Bench;
use crate::cast::{Scene, setup};
use crate::peers::{BarePingora, Nginx};
use crate::report::names;
use crate::rounds::{self, Target};

/// Starts everybody and loads them in turn.
pub(crate) async fn run(bench: &Bench) -> Result<Vec<rounds::Best>> {
    let upstream = bench.upstream.address.as_str();
    let nginx = Nginx::start(&bench.folder, &bench.upstream).await?;
    let bare = BarePingora::start(&bench.upstream).await?;
    let files = [Database::sqlite(), Database::sqlite()];
    let open = "[[routes]]\npath = \"/open/*\"\nupstream = \"app\"\naccess = \"public\"\n\
                [[routes]]\npath = \"/*\"\nupstream = \"app\"\n";
    let mut sqlite = Scene::start(setup(&files[0], upstream).config(open)).await;
    let asked_by_nginx = "[server]\ntrusted_proxies = [\"127.0.0.0/8\"]";
    let mut forward = Scene::start(setup(&files[1], upstream).config(asked_by_nginx)).await;
    let database = Database::at(&bench.cluster.new_database().await);
    let mut postgres = Scene::start(setup(&database, upstream)).await;

    let target = |name, pid, address: &str, proof: &str| Target {
        name,
        pid,
        address: address.into(),
        path: "/",
        headers: Vec::new(),
        proof: proof.into(),
    };
    let at = |scene: &mut Scene, name, path, proof: &str| Target {
        path,
        headers: vec![scene.cookie()],
        ..target(name, scene.pid(), scene.gateway.address(), proof)
    };
    let user = format!("user={}", sqlite.ada.session().await["user"]["id"].as_str().context("ada has an id")?);
    let mut targets = vec![
        target(names::NGINX, nginx.pid(), &nginx.plain, "user="),
        target(names::BARE, bare.pid(), &bare.address, "user="),
        target(names::AUTH_REQUEST, nginx.pid(), &nginx.auth_request, "user="),
        at(&mut sqlite, names::SQLITE, "/", &user),
        at(&mut sqlite, names::PUBLIC, "/open/", "user="),
        at(&mut sqlite, names::GET_SESSION, "/api/auth/get-session", "ada@example.com"),
        at(&mut forward, names::FORWARD, "/auth/forward/nginx", "x-user-id"),
        at(&mut postgres, names::POSTGRES, "/", "user="),
    ];
    for target in &mut targets {
        // Everybody gets the same request, so that parsing costs everybody the same.
        if target.headers.is_empty() {
            target.headers.push(sqlite.cookie());
        }
        if target.name == names::FORWARD {
            target.headers.extend(asked(target));
        }
    }
    rounds::run(&bench.folder, &targets, bench.effort.rounds, bench.effort.round).await
}

/// What nginx tells of the request that it asks about.
fn asked(target: &Target) -> Vec<String> {
    let host = &target.address;
    vec![
        format!("X-Original-URL: http://{host}/"),
        "X-Original-Method: GET".into(),
        "X-Forwarded-Proto: http".into(),
        format!("X-Forwarded-Host: {host}"),
        "X-Forwarded-For: 192.0.2.1".into(),
    ]
}
