//! What other programs do to a PostgreSQL, by plain SQL, is told.

use super::*;

#[tokio::test]
async fn other_programs_changes_are_told() {
    let world = World::postgres().await.listening().await;
    let user = world.user("ada").await;
    world.session(&user, "a").await;
    world.session(&user, "b").await;
    let gone = |name: &str| Event::SessionGone(format!("session-{name}").into());
    let changed = Event::UserChanged(user.id.clone());
    world.watcher.events();

    for (statement, expected) in [
        (
            r#"update "session" set "userAgent" = 'x' where id = 'session-a'"#,
            vec![Event::SessionChanged("session-a".into())],
        ),
        (r#"update "session" set "userAgent" = 'x' where id = 'session-a'"#, vec![]),
        (r#"update "session" set id = 'session-c' where id = 'session-a'"#, vec![gone("a")]),
        (r#"update "user" set role = 'admin'"#, vec![changed.clone()]),
        (r#"update "user" set role = 'admin'"#, vec![]),
        (r#"delete from "session" where id = 'session-c'"#, vec![gone("c")]),
        (r#"delete from "session" where id = 'session-c'"#, vec![]),
        (r#"delete from "user""#, vec![gone("b"), changed.clone()]),
        (r#"truncate "session""#, vec![Event::Everything]),
    ] {
        world.other(statement).await;
        // Whatever was told is told before this.
        world.other("notify gateway_events, 'user:end'").await;
        world.watcher.told(&Event::UserChanged("end".into())).await;
        let mut told = world.watcher.events();
        told.pop();
        told.sort_by_key(|event| format!("{event:?}"));
        assert_eq!(told, expected, "{statement}");
    }
}

#[tokio::test]
async fn many_rows_in_one_statement_are_told_as_one() {
    let world = World::postgres().await.listening().await;
    world.user("ada").await;
    let many = r#"
        insert into "session" (id, token, "userId", "expiresAt", "updatedAt")
        select 'long' || n, 't' || n, 'id-of-ada', now(), now() from generate_series(1, 101) n"#;
    world.other(many).await;
    world.other(r#"update "session" set "userAgent" = 'x'"#).await;
    world.watcher.told(&Event::Everything).await;
    world.watcher.events();
    world.other(r#"delete from "session""#).await;
    world.watcher.told(&Event::Everything).await;
    assert_eq!(world.watcher.events(), [Event::Everything]);
}

#[tokio::test]
async fn an_id_too_long_for_a_notification_harms_nobody() {
    let world = World::postgres().await.listening().await;
    world.user("ada").await;
    world.other(r#"update "user" set id = repeat('x', 9000) where not exists (select from "account")"#).await;
    world.other(r#"delete from "account""#).await;
    world.other(r#"update "user" set id = repeat('x', 9000)"#).await;
    world.watcher.told(&Event::UserChanged("id-of-ada".into())).await;
    world.watcher.events();
    world.other(r#"delete from "user""#).await;
    world.watcher.told(&Event::Everything).await;
}

#[tokio::test]
async fn a_writer_with_no_rights_but_on_the_rows_is_told_of() {
    let world = World::postgres().await.listening().await;
    let user = world.user("ada").await;
    world.other("drop role if exists node").await;
    world.other("create role node login").await;
    world.other(r#"grant select, update, delete on "user", "session" to node"#).await;
    world.other("revoke execute on all functions in schema public from public").await;
    let as_node = world.config.url.expose().replace("postgres@", "node@");
    other(&as_node, r#"update "user" set role = 'admin'"#).await;
    world.watcher.told(&Event::UserChanged(user.id.clone())).await;
    world.watcher.events();
    other(&as_node, r#"delete from "user""#).await;
    world.watcher.told(&Event::UserChanged(user.id.clone())).await;
}

#[tokio::test]
async fn a_json_column_of_a_plugin_harms_nobody() {
    let world = World::postgres().await.listening().await;
    let user = world.user("ada").await;
    world.other(r#"alter table "user" add column settings json"#).await;
    world.watcher.events();
    world.other(r#"update "user" set settings = '{"a":1}'"#).await;
    world.watcher.told(&Event::UserChanged(user.id.clone())).await;
}
