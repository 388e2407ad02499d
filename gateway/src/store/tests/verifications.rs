//! Values behind secrets: kept, found, used once.

use futures_util::future::join_all;

use super::{super::*, *};

fn new(id: &str, identifier: &str, value: &str) -> NewVerification {
    NewVerification {
        id: id.into(),
        identifier: identifier.into(),
        value: value.into(),
        expires_at: noon() + TimeDelta::hours(1),
    }
}

const COUNT: &str = r#"select count(*) from "verification""#;

#[tokio::test]
async fn a_value_is_found_until_it_is_used() {
    on_both(async |world| {
        let store = &world.store;
        store.create_verification(&new("v", "reset:abc", "ada")).await.unwrap();
        for _ in 0..2 {
            assert_eq!(store.verification("reset:abc").await.unwrap().as_deref(), Some("ada"));
        }
        assert_eq!(store.verification("reset:ABC").await.unwrap(), None);
        assert_eq!(store.consume_verification("reset:ab").await.unwrap(), None);
        assert_eq!(store.consume_verification("reset:abc").await.unwrap().as_deref(), Some("ada"));
        assert_eq!(store.consume_verification("reset:abc").await.unwrap(), None);
        assert_eq!(store.verification("reset:abc").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn of_many_who_use_a_value_at_once_one_gets_it() {
    on_both(async |world| {
        for round in 0..5 {
            let identifier = format!("reset:{round}");
            world.store.create_verification(&new(&identifier, &identifier, "ada")).await.unwrap();
            let tries = (0..8).map(|_| {
                let (store, identifier) = (world.store.clone(), identifier.clone());
                tokio::spawn(async move { store.consume_verification(&identifier).await.unwrap() })
            });
            let got: Vec<_> = join_all(tries).await.into_iter().filter_map(Result::unwrap).collect();
            assert_eq!(got, ["ada"]);
        }
    })
    .await;
}

#[tokio::test]
async fn the_newest_value_counts_and_takes_the_older_ones_along() {
    on_both(async |world| {
        let store = &world.store;
        store.create_verification(&new("1", "code:ada", "first")).await.unwrap();
        world.clock.advance(TimeDelta::seconds(1));
        store.create_verification(&new("2", "code:ada", "second")).await.unwrap();
        assert_eq!(store.verification("code:ada").await.unwrap().as_deref(), Some("second"));
        assert_eq!(store.consume_verification("code:ada").await.unwrap().as_deref(), Some("second"));
        assert_eq!(world.count(COUNT).await, 0);
        // An older one that lives longer is no way back in.
        let short = NewVerification { expires_at: noon() + TimeDelta::seconds(3), ..new("3", "code:ada", "short") };
        store.create_verification(&new("4", "code:ada", "long")).await.unwrap();
        world.clock.advance(TimeDelta::seconds(1));
        store.create_verification(&short).await.unwrap();
        world.clock.advance(TimeDelta::seconds(5));
        assert_eq!(store.verification("code:ada").await.unwrap(), None);
        assert_eq!(store.consume_verification("code:ada").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_value_ends() {
    on_both(async |world| {
        let store = &world.store;
        store.create_verification(&new("v", "reset:abc", "ada")).await.unwrap();
        world.clock.advance(TimeDelta::hours(1));
        assert_eq!(store.verification("reset:abc").await.unwrap().as_deref(), Some("ada"));
        assert_eq!(store.delete_expired_verifications(world.clock.now(), 10).await.unwrap(), 0);
        world.clock.advance(TimeDelta::milliseconds(1));
        assert_eq!(store.verification("reset:abc").await.unwrap(), None);
        assert_eq!(store.consume_verification("reset:abc").await.unwrap(), None);
        assert_eq!(world.count(COUNT).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_over_is_cleared_away_in_portions() {
    on_both(async |world| {
        let store = &world.store;
        for number in 0..5 {
            let id = format!("v{number}");
            let end = noon() + TimeDelta::minutes(number);
            store.create_verification(&NewVerification { expires_at: end, ..new(&id, &id, "ada") }).await.unwrap();
        }
        let now = noon() + TimeDelta::minutes(3);
        assert_eq!(store.delete_expired_verifications(now, 2).await.unwrap(), 2);
        assert_eq!(store.delete_expired_verifications(now, 2).await.unwrap(), 1);
        assert_eq!(store.delete_expired_verifications(now, 2).await.unwrap(), 0);
        assert_eq!(world.count(COUNT).await, 2);
    })
    .await;
}

#[tokio::test]
async fn values_that_other_programs_wrote_are_read() {
    on_both(async |world| {
        let ends: &[&str] = match world.store.is_sqlite() {
            true => &["2026-11-28 12:30:00", "2026-11-28T13:30:00.123456+01:00", "1795869000123"],
            false => &["2026-11-28 12:30:00.123456+00"],
        };
        for end in ends {
            let insert = format!(
                r#"insert into "verification" (id, identifier, value, "expiresAt") values ('v', 'reset:abc', 'ada', '{end}')"#
            );
            world.other(&insert).await;
            assert_eq!(world.store.verification("reset:abc").await.unwrap().as_deref(), Some("ada"), "{end}");
            assert_eq!(world.store.delete_expired_verifications(noon(), 9).await.unwrap(), 0, "{end}");
            let later = noon() + TimeDelta::days(400);
            assert_eq!(world.store.consume_verification("reset:abc").await.unwrap().as_deref(), Some("ada"), "{end}");
            assert_eq!(world.store.delete_expired_verifications(later, 9).await.unwrap(), 0, "{end}");
        }
    })
    .await;
}

fn reset<'a>(identifier: &'a str, user: &'a UserId) -> Reset<'a> {
    Reset { identifier, kind: "reset:", user, hash: "new", sessions: OldSessions::Keep }
}

async fn hash_of(world: &World, user: &User) -> Option<String> {
    let account = world.store.credential_of(&user.id).await.unwrap();
    account.and_then(|account| account.password).map(|hash| hash.expose().to_owned())
}

#[tokio::test]
async fn a_password_is_reset_once_however_many_try_at_once() {
    on_both(async |world| {
        let user = world.user("ada").await;
        for (keep, sessions) in [(1, OldSessions::Keep), (0, OldSessions::End)] {
            world.session(&user, &format!("t-{keep}")).await;
            world.store.create_verification(&new("v", "reset:abc", user.id.as_str())).await.unwrap();
            let tries = (0..8).map(|number| {
                let (store, user) = (world.store.clone(), user.id.clone());
                let hash = format!("hash {number}");
                tokio::spawn(async move {
                    let reset = Reset { hash: &hash, sessions, ..reset("reset:abc", &user) };
                    store.reset_password(reset).await.unwrap().then_some(hash)
                })
            });
            let done: Vec<_> = join_all(tries).await.into_iter().filter_map(Result::unwrap).collect();
            assert_eq!(done.len(), 1, "{done:?}");
            assert_eq!(hash_of(&world, &user).await.as_ref(), done.first());
            assert_eq!(world.count(r#"select count(*) from "session""#).await, keep);
        }
    })
    .await;
}

#[tokio::test]
async fn a_value_of_somebody_else_resets_nothing() {
    on_both(async |world| {
        let (ada, bob) = (world.user("ada").await, world.user("bob").await);
        world.store.create_verification(&new("v", "reset:abc", ada.id.as_str())).await.unwrap();
        assert!(!world.store.reset_password(reset("reset:abc", &bob.id)).await.unwrap());
        assert!(!world.store.reset_password(reset("reset:xyz", &ada.id)).await.unwrap());
        assert_eq!(hash_of(&world, &ada).await.as_deref(), Some("hash"));
        assert_eq!(hash_of(&world, &bob).await.as_deref(), Some("hash"));
    })
    .await;
}

#[tokio::test]
async fn a_user_without_a_password_gets_one_by_reset() {
    on_both(async |world| {
        let new_user = NewUser { credential: None, ..new_user("ada") };
        let (user, _) = world.store.create_user(&new_user, None).await.unwrap();
        assert_eq!(hash_of(&world, &user).await, None);
        world.store.create_verification(&new("v", "reset:abc", user.id.as_str())).await.unwrap();
        assert!(world.store.reset_password(reset("reset:abc", &user.id)).await.unwrap());
        assert_eq!(hash_of(&world, &user).await.as_deref(), Some("new"));
    })
    .await;
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_when_told_to() {
    on_both(async |world| {
        let user = world.user("ada").await;
        let account = world.store.credential_of(&user.id).await.unwrap().unwrap();
        let old = world.session(&user, "old").await;
        assert_eq!(world.store.change_password(&account, "new", None).await.unwrap(), None);
        assert!(world.store.session_with_user(&old.token).await.unwrap().is_some());
        world.watcher.events();
        let begun = world.store.change_password(&account, "newer", Some(&new_session(&user, "next"))).await.unwrap();
        assert_eq!(world.watcher.events(), [Event::SessionGone(old.id)]);
        assert_eq!(world.store.sessions_of(&user.id, noon()).await.unwrap(), [begun.unwrap()]);
        assert_eq!(hash_of(&world, &user).await.as_deref(), Some("newer"));
    })
    .await;
}

#[tokio::test]
async fn a_reset_uses_up_the_users_other_secrets_of_its_kind() {
    on_both(async |world| {
        let (ada, bob) = (world.user("ada").await, world.user("bob").await);
        for (id, identifier, user) in
            [("1", "reset:1", &ada), ("2", "reset:2", &ada), ("3", "delete:3", &ada), ("4", "reset:4", &bob)]
        {
            world.store.create_verification(&new(id, identifier, user.id.as_str())).await.unwrap();
        }
        assert!(world.store.reset_password(reset("reset:1", &ada.id)).await.unwrap());
        assert!(!world.store.reset_password(reset("reset:2", &ada.id)).await.unwrap());
        assert!(world.store.verification("delete:3").await.unwrap().is_some());
        assert!(world.store.reset_password(reset("reset:4", &bob.id)).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_address_is_changed_by_one_of_several() {
    on_both(async |world| {
        let (ada, bob) = (world.user("ada").await, world.user("bob").await);
        let tries = (0..8).map(|number| {
            let (store, ada) = (world.store.clone(), ada.clone());
            let to = format!("ada-{number}@example.com");
            tokio::spawn(async move {
                let change = EmailChange { from: &ada.email, to: &to, verified: true };
                store.change_email(&ada.id, change).await.unwrap()
            })
        });
        let moved: Vec<_> = join_all(tries).await.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(moved.len(), 1);
        assert_eq!(world.store.user_by_id(&ada.id).await.unwrap().as_ref(), moved.first());
        assert!(moved[0].email_verified);
        assert!(world.watcher.events().contains(&Event::UserChanged(ada.id.clone())));
        let taken = EmailChange { from: &moved[0].email, to: &bob.email, verified: true };
        assert!(world.store.change_email(&ada.id, taken).await.unwrap_err().is_taken_email());
    })
    .await;
}
