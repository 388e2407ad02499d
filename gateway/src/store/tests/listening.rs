//! The line by which changes come, and what happens when it breaks.

use super::*;

/// Ends or freezes the backends of the gateway that match.
async fn signal(world: &World, which: &str, signal: &str) -> Vec<i32> {
    let query = format!("select pid from pg_stat_activity where datname = current_database() and {which}");
    let mut connection = PgConnection::connect(world.config.url.expose()).await.unwrap();
    let pids: Vec<i32> = sqlx::query_scalar(AssertSqlSafe(query)).fetch_all(&mut connection).await.unwrap();
    for pid in &pids {
        std::process::Command::new("kill").args([signal, &pid.to_string()]).status().unwrap();
    }
    pids
}

const LISTENER: &str = r#"query ilike 'listen%'"#;
const SENDER: &str = "query like '%pg_notify%' and pid <> pg_backend_pid() and application_name = 'gateway'";

#[tokio::test]
async fn lag_is_measured() {
    let world = World::postgres().await.listening().await;
    world.watcher.until("three beats", |told| told.lags.len() >= 3).await;
    let lags = world.watcher.0.lock().unwrap().lags.clone();
    assert!(lags.iter().all(|lag| *lag < Duration::from_millis(750)), "{lags:?}");
}

#[tokio::test]
async fn a_killed_listener_is_noticed_and_replaced() {
    for which in [LISTENER, SENDER] {
        let world = World::postgres().await.listening().await;
        world.watcher.until("a beat", |told| !told.lags.is_empty()).await;
        let user = world.user("ada").await;
        assert_eq!(signal(&world, which, "-TERM").await.len(), 1, "{which}");
        let noticed = world.watcher.linked(Link::Deaf).await;
        assert!(noticed < Duration::from_secs(1), "{noticed:?}");
        world.watcher.linked(Link::Listening).await;
        assert_eq!(world.watcher.events(), [Event::Everything]);
        world.other(r#"delete from "user""#).await;
        world.watcher.told(&Event::UserChanged(user.id.clone())).await;
    }
}

#[tokio::test]
async fn a_frozen_listener_is_noticed_within_a_second() {
    let world = World::postgres().await.listening().await;
    world.watcher.until("a beat", |told| !told.lags.is_empty()).await;
    let frozen = signal(&world, LISTENER, "-STOP").await;
    assert_eq!(frozen.len(), 1);
    let noticed = world.watcher.linked(Link::Deaf).await;
    assert!(noticed < Duration::from_millis(1_100), "{noticed:?}");
    world.watcher.linked(Link::Listening).await;
    for pid in frozen {
        std::process::Command::new("kill").args(["-CONT", &pid.to_string()]).status().unwrap();
    }
}

#[tokio::test]
async fn a_stopped_server_is_unreachable_and_comes_back_by_itself() {
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
    let cluster = Arc::new(cluster);
    let world = World::at(cluster.new_database().await, None).await.listening().await;
    let user = world.user("ada").await;
    // Fills the pool, so that every connection in it has to be found dead.
    let reads = (0..10).map(|_| world.store.user_by_id(&user.id));
    futures_util::future::join_all(reads).await;

    let stopping = Arc::clone(&cluster);
    tokio::task::spawn_blocking(move || stopping.stop()).await.unwrap();
    world.watcher.linked(Link::Unreachable).await;
    let began = Instant::now();
    let refused = world.store.user_by_id(&user.id).await.unwrap_err();
    assert!(matches!(refused, super::super::StoreError::Unreachable(_)), "{refused}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let refused = world.store.set_role(&user.id, "admin").await.unwrap_err();
    assert!(matches!(refused, super::super::StoreError::Unreachable(_)), "{refused}");

    let resuming = Arc::clone(&cluster);
    tokio::task::spawn_blocking(move || resuming.resume()).await.unwrap();
    world.watcher.linked(Link::Listening).await;
    let reads = (0..20).map(|_| world.store.user_by_id(&user.id));
    for answer in futures_util::future::join_all(reads).await {
        assert_eq!(answer.unwrap().unwrap().id, user.id);
    }
    world.store.set_role(&user.id, "admin").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_swallowed_server_keeps_nobody_waiting_long() {
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.unwrap();
    let world = World::at(cluster.new_database().await, None).await.listening().await;
    let user = world.user("ada").await;
    futures_util::future::join_all((0..10).map(|_| world.store.user_by_id(&user.id))).await;
    world.watcher.until("a beat", |told| !told.lags.is_empty()).await;

    cluster.freeze();
    let began = Instant::now();
    let reads = futures_util::future::join_all((0..10).map(|_| world.store.user_by_id(&user.id)));
    let write = world.store.set_role(&user.id, "admin");
    let noticed = async {
        world.watcher.linked(Link::Deaf).await;
        let deaf = began.elapsed();
        world.watcher.linked(Link::Unreachable).await;
        (deaf, began.elapsed())
    };
    let (reads, write, (deaf, unreachable)) = tokio::join!(reads, write, noticed);
    assert!(reads.iter().all(Result::is_err) && write.is_err());
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert!(deaf < Duration::from_millis(1_100), "{deaf:?}");
    assert!(unreachable < Duration::from_secs(4), "{unreachable:?}");

    // Connections that hung are given up, so that the pool is of use at once when the server is back.
    tokio::time::sleep(Duration::from_secs(3)).await;
    cluster.thaw();
    world.watcher.linked(Link::Listening).await;
    let began = Instant::now();
    assert_eq!(world.store.user_by_id(&user.id).await.unwrap().unwrap().id, user.id);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test]
async fn after_a_restart_no_read_and_no_write_fails() {
    let cluster = Arc::new(tokio::task::spawn_blocking(Cluster::start).await.unwrap());
    let world = World::at(cluster.new_database().await, None).await;
    let user = world.user("ada").await;
    for change in [false, true] {
        futures_util::future::join_all((0..10).map(|_| world.store.user_by_id(&user.id))).await;
        let restarting = Arc::clone(&cluster);
        tokio::task::spawn_blocking(move || (restarting.stop(), restarting.resume())).await.unwrap();
        for _ in 0..12 {
            match change {
                true => world.store.set_role(&user.id, "admin").await.map(drop).unwrap(),
                false => world.store.user_by_id(&user.id).await.map(drop).unwrap(),
            }
        }
    }
}

#[tokio::test]
async fn a_foreign_writer_on_sqlite_is_noticed_and_ones_own_is_not() {
    let world = World::sqlite().await.listening().await;
    let user = world.user("ada").await;
    world.session(&user, "t").await;
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert_eq!(world.watcher.events(), []);
    world.other(r#"delete from "session""#).await;
    let noticed = world.watcher.told(&Event::Everything).await;
    assert!(noticed < Duration::from_millis(600), "{noticed:?}");
    assert_eq!(world.store.session_with_user(&token("t")).await.unwrap(), None);
}

#[tokio::test]
async fn a_write_given_up_midway_is_told_as_a_foreign_one() {
    let world = World::sqlite().await.listening().await;
    let user = world.user("ada").await;
    let mut lock = SqliteConnection::connect(world.config.url.expose()).await.unwrap();
    sqlx::query("begin immediate").execute(&mut lock).await.unwrap();
    let write = world.store.set_role(&user.id, "admin");
    tokio::time::timeout(Duration::from_millis(100), write).await.unwrap_err();
    sqlx::query("rollback").execute(&mut lock).await.unwrap();
    world.watcher.told(&Event::Everything).await;
}
