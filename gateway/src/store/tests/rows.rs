//! Reading and writing rows.

use futures_util::future::join_all;
use sqlx::{Executor, SqlSafeStr};

use super::{super::*, *};

#[tokio::test]
async fn every_statement_is_understood_by_both() {
    let statements = [
        account::STATEMENTS,
        audit::STATEMENTS,
        jwks::STATEMENTS,
        outbox::STATEMENTS,
        provider_account::STATEMENTS,
        provider_session::STATEMENTS,
        rate_limit::STATEMENTS,
        session::STATEMENTS,
        user::STATEMENTS,
        verification::STATEMENTS,
        verification::code::STATEMENTS,
    ]
    .concat();
    on_both(async |world| {
        for statement in &statements {
            let sql = || AssertSqlSafe(*statement).into_sql_str();
            let prepared = match &world.store.0.db {
                Db::Postgres { pool, .. } => pool.prepare(sql()).await.map(drop),
                Db::Sqlite { writer, .. } => writer.prepare(sql()).await.map(drop),
            };
            prepared.unwrap_or_else(|error| panic!("{:?}: {statement}: {error}", world.store));
        }
    })
    .await;
}

#[tokio::test]
async fn a_user_is_read_as_made() {
    on_both(async |world| {
        let (made, session) =
            world.store.create_user(&new_user("ada"), Some(&new_session(&dummy("ada"), "t"))).await.unwrap();
        assert_eq!(made.created_at, noon());
        assert_eq!(world.store.user_by_id(&made.id).await.unwrap(), Some(made.clone()));
        assert_eq!(world.store.user_by_email("ada@example.com").await.unwrap(), Some(made.clone()));
        assert_eq!(
            world.store.session_with_user(&token("t")).await.unwrap(),
            session.clone().map(|s| (s, made.clone()))
        );
        assert_eq!(world.store.session_by_id(&session.as_ref().unwrap().id).await.unwrap(), session);
        let credential = world.store.credential_of(&made.id).await.unwrap().unwrap();
        assert_eq!((credential.account_id.as_str(), credential.provider_id.as_str()), (made.id.as_str(), "credential"));
        assert_eq!(credential.password.unwrap().expose(), "hash");
        assert_eq!(world.store.user_by_email("eve@example.com").await.unwrap(), None);
        assert_eq!(world.store.session_with_user(&token("T")).await.unwrap(), None);
    })
    .await;
}

/// The id is all that matters.
fn dummy(name: &str) -> User {
    User {
        id: format!("id-of-{name}").into(),
        name: name.into(),
        created_at: noon(),
        updated_at: noon(),
        ..User::default()
    }
}

#[tokio::test]
async fn one_address_makes_one_account_however_many_try_at_once() {
    on_both(async |world| {
        let tries = (0..20).map(|number| {
            let store = world.store.clone();
            let new = NewUser { id: format!("u{number}").into(), ..new_user("ada") };
            async move { store.create_user(&new, None).await }
        });
        let answers = join_all(tries.map(tokio::spawn)).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        for refused in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            assert!(refused.is_taken_email(), "{refused}");
        }
        assert_eq!(world.store.count_users(&UserFilter::default()).await.unwrap(), 1);
        assert_eq!(world.count(r#"select count(*) from "account""#).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_session_is_extended_once_per_end_that_was_seen() {
    on_both(async |world| {
        let user = world.user("ada").await;
        let session = world.session(&user, "t").await;
        world.clock.advance(TimeDelta::days(2));
        world.watcher.events();
        let new = session.expires_at + TimeDelta::days(2);
        let tries = (0..8).map(|_| {
            let (store, session) = (world.store.clone(), session.clone());
            tokio::spawn(async move { store.extend_session(&session.id, session.expires_at, new).await.unwrap() })
        });
        let extended = join_all(tries).await.into_iter().filter(|done| *done.as_ref().unwrap()).count();
        assert_eq!(extended, 1);
        assert_eq!(world.watcher.events(), [Event::SessionChanged(session.id.clone())]);
        let stored = world.store.session_by_id(&session.id).await.unwrap().unwrap();
        assert_eq!((stored.expires_at, stored.updated_at), (new, world.clock.now()));
        assert!(!world.store.extend_session(&"unknown".into(), new, new).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_end_that_another_program_wrote_is_extended() {
    on_both(async |world| {
        let session = world.session(&world.user("ada").await, "t").await;
        let spellings: &[&str] = match world.store.is_sqlite() {
            true => &["2027-01-01 00:00:00", "2027-01-01T00:00:00.123456+00:00", "1798761600123"],
            false => &["2027-01-01 00:00:00.123456+00", "2027-01-01 00:00:00+01"],
        };
        for spelling in spellings {
            world.other(&format!(r#"update "session" set "expiresAt" = '{spelling}'"#)).await;
            let seen = world.store.session_by_id(&session.id).await.unwrap().unwrap().expires_at;
            let new = noon() + TimeDelta::days(9);
            assert!(world.store.extend_session(&session.id, seen, new).await.unwrap(), "{spelling}");
            assert_eq!(world.store.session_by_id(&session.id).await.unwrap().unwrap().expires_at, new);
        }
    })
    .await;
}

#[tokio::test]
async fn sessions_are_deleted_one_all_or_all_others() {
    on_both(async |world| {
        let (ada, eve) = (world.user("ada").await, world.user("eve").await);
        for name in ["a", "b", "c", "d"] {
            world.session(&ada, name).await;
        }
        let foreign = world.session(&eve, "e").await;
        world.watcher.events();
        let gone = |name: &str| Event::SessionGone(format!("session-{name}").into());

        assert_eq!(world.store.delete_session(&token("a")).await.unwrap().unwrap().token, token("a"));
        assert_eq!(world.store.delete_session(&token("a")).await.unwrap(), None);
        assert!(world.store.delete_session_of(&eve.id, &token("b")).await.unwrap().is_none());
        assert!(world.store.delete_session_of(&ada.id, &token("b")).await.unwrap().is_some());
        assert_eq!(world.store.delete_other_sessions(&ada.id, &token("c")).await.unwrap(), 1);
        assert_eq!(world.watcher.events(), [gone("a"), gone("b"), gone("d")]);
        assert_eq!(world.store.sessions_of(&ada.id, noon()).await.unwrap().len(), 1);
        assert_eq!(world.store.delete_sessions_of(&ada.id).await.unwrap(), 1);
        assert_eq!(world.watcher.events(), [gone("c")]);
        assert_eq!(world.store.sessions_of(&eve.id, noon()).await.unwrap(), std::slice::from_ref(&foreign));
        assert_eq!(world.store.sessions_of(&eve.id, foreign.expires_at).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn only_expired_sessions_are_cleared_away() {
    on_both(async |world| {
        let user = world.user("ada").await;
        for name in ["a", "b", "c"] {
            world.session(&user, name).await;
        }
        world.other(r#"update "session" set "expiresAt" = '2026-11-28T11:00:00.000Z' where id <> 'session-c'"#).await;
        if world.store.is_sqlite() {
            // A number sorts before any text, so that SQLite takes it for the oldest.
            world.session(&user, "d").await;
            world.other(r#"update "session" set "expiresAt" = 1798761600123 where id = 'session-d'"#).await;
        }
        world.watcher.events();
        assert_eq!(world.store.delete_expired_sessions(noon(), 100).await.unwrap(), 2);
        assert_eq!(world.watcher.events().len(), 2);
        assert_eq!(world.store.delete_expired_sessions(noon(), 100).await.unwrap(), 0);
        assert!(world.store.session_by_id(&"session-c".into()).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_ban_ends_the_sessions() {
    on_both(async |world| {
        let user = world.user("ada").await;
        let session = world.session(&user, "t").await;
        world.watcher.events();
        let until = noon() + TimeDelta::days(1);
        let banned = world.store.ban(&user.id, Some("spam"), Some(until)).await.unwrap().unwrap();
        assert_eq!((banned.banned, banned.ban_reason.as_deref()), (Some(true), Some("spam")));
        assert_eq!(banned.ban_expires, Some(until));
        assert_eq!(world.watcher.events(), [Event::UserChanged(user.id.clone()), Event::SessionGone(session.id)]);
        let free = world.store.unban(&user.id).await.unwrap().unwrap();
        assert_eq!((free.banned, free.ban_reason, free.ban_expires), (Some(false), None, None));
        assert_eq!(world.store.ban(&"nobody".into(), None, None).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_deleted_user_leaves_nothing() {
    on_both(async |world| {
        let user = world.user("ada").await;
        world.session(&user, "t").await;
        assert!(world.store.delete_user(&user.id).await.unwrap());
        assert!(!world.store.delete_user(&user.id).await.unwrap());
        assert_eq!(world.store.session_with_user(&token("t")).await.unwrap(), None);
        assert!(world.store.credential_of(&user.id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn users_are_changed_and_found() {
    on_both(async |world| {
        let (ada, _) = (world.user("ada").await, world.user("e_e").await);
        let change = UserChange { name: Some("Ada L.".into()), image: Some(Some("x".into())), ..UserChange::default() };
        let changed = world.store.update_user(&ada.id, &change).await.unwrap().unwrap();
        assert_eq!((changed.name.as_str(), changed.image.as_deref()), ("Ada L.", Some("x")));
        assert_eq!(changed.email, "ada@example.com");
        let bare = UserChange { image: Some(None), email_verified: Some(true), ..UserChange::default() };
        let changed = world.store.update_user(&ada.id, &bare).await.unwrap().unwrap();
        assert_eq!((changed.image, changed.email_verified), (None, true));
        assert_eq!(world.store.set_role(&ada.id, "admin,editor").await.unwrap().unwrap().role.unwrap(), "admin,editor");
        assert_eq!(world.store.set_role(&"nobody".into(), "admin").await.unwrap(), None);

        let found = async |filter: UserFilter| {
            assert_eq!(world.store.count_users(&filter).await.unwrap(), {
                world.store.list_users(&filter, 100, 0).await.unwrap().len() as u64
            });
            let users = world.store.list_users(&filter, 100, 0).await.unwrap();
            users.into_iter().map(|user| user.email).collect::<Vec<_>>().join(" ")
        };
        let search = |text: &str| UserFilter { search: Some(text.into()), ..UserFilter::default() };
        assert_eq!(found(search("ADA l")).await, "ada@example.com");
        assert_eq!(found(search("_")).await, "e_e@example.com");
        assert_eq!(found(UserFilter { role: Some("editor".into()), ..UserFilter::default() }).await, "ada@example.com");
        assert_eq!(found(UserFilter { role: Some("edit".into()), ..UserFilter::default() }).await, "");
        world.store.ban(&ada.id, None, None).await.unwrap();
        assert_eq!(found(UserFilter { banned: Some(true), ..UserFilter::default() }).await, "ada@example.com");
        assert_eq!(found(UserFilter { banned: Some(false), ..UserFilter::default() }).await, "e_e@example.com");
        assert_eq!(world.store.list_users(&UserFilter::default(), 1, 1).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn passwords_are_set_and_replaced() {
    on_both(async |world| {
        let user = world.store.create_user(&NewUser { credential: None, ..new_user("ada") }, None).await.unwrap().0;
        assert!(world.store.credential_of(&user.id).await.unwrap().is_none());
        world.store.set_password(&user.id, "one").await.unwrap();
        world.store.set_password(&user.id, "two").await.unwrap();
        let account = world.store.credential_of(&user.id).await.unwrap().unwrap();
        assert_eq!(account.password.unwrap().expose(), "two");
        assert!(!world.store.replace_password_hash(&account.id, "one", "three").await.unwrap());
        assert!(world.store.replace_password_hash(&account.id, "two", "three").await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn sessions_are_listed_with_their_users() {
    on_both(async |world| {
        let (ada, eve) = (world.user("ada").await, world.user("eve").await);
        world.session(&ada, "a").await;
        world.session(&eve, "b").await;
        let of_ada = SessionFilter { user_id: Some(ada.id.clone()), ..SessionFilter::default() };
        let listed = world.store.list_sessions(&of_ada, 10).await.unwrap();
        assert_eq!(listed.iter().map(|(_, user)| user).collect::<Vec<_>>(), [&ada]);
        let by_prefix = SessionFilter { id_prefix: Some("session-b".into()), ..SessionFilter::default() };
        assert_eq!(world.store.list_sessions(&by_prefix, 10).await.unwrap()[0].1, eve);
        assert_eq!(world.store.list_sessions(&SessionFilter::default(), 1).await.unwrap().len(), 1);
    })
    .await;
}
