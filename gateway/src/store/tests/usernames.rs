//! The names to sign in with: unique by the database, and what becomes of databases in which they are not.

use super::{super::migrate, *};

fn named(id: &str, username: &str) -> NewUser {
    NewUser { username: Some(username.into()), display_username: Some(username.to_uppercase()), ..new_user(id) }
}

#[tokio::test]
async fn one_name_is_one_users_however_many_try_at_once() {
    on_both(async |world| {
        let tries = (0..10).map(|number| {
            let store = world.store.clone();
            tokio::spawn(async move { store.create_user(&named(&format!("u{number}"), "ada"), None).await })
        });
        let answers: Vec<_> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
        assert!(refused.iter().all(|error| error.is_taken_username() && !error.is_taken_email()), "{refused:?}");
        let ada = world.store.user_by_username("ada").await.unwrap().unwrap();
        assert_eq!((ada.display_username.as_deref(), ada.is_anonymous), (Some("ADA"), None));
        assert!(world.store.user_by_username("ADA").await.unwrap().is_none());
        let bob = world.user("bob").await;
        let change = UserChange { username: Some(Some("ada".into())), ..UserChange::default() };
        assert!(world.store.update_user(&bob.id, &change).await.unwrap_err().is_taken_username());
        let change = UserChange { username: Some(Some("bob".into())), ..UserChange::default() };
        let bob = world.store.update_user(&bob.id, &change).await.unwrap().unwrap();
        assert_eq!((bob.username.as_deref(), bob.display_username), (Some("bob"), None));
        let change = UserChange { username: Some(None), ..UserChange::default() };
        assert_eq!(world.store.update_user(&bob.id, &change).await.unwrap().unwrap().username, None);
    })
    .await;
}

#[tokio::test]
async fn names_that_clash_are_told_and_kept_apart_once_they_differ() {
    let stock = ("user_username_key", "index user_username_key");
    clash(World::sqlite().await, stock).await;
    clash(World::postgres().await, stock).await;
    clash(World::adopted(USERS).await, ("gateway_users_username", "unique index on public.users.username")).await;
}

async fn clash(world: World, (index, made): (&str, &str)) {
    world.other(&format!("drop index {index}")).await;
    for id in ["ada", "eve"] {
        world.user(id).await;
    }
    world.other(r#"update "user" set username = 'ada'"#).await;
    let state = migrate::state(&world.config).await.unwrap();
    assert_eq!((state.clashes, state.pending), (vec!["user.username".to_owned()], vec![]));
    let store = open(&world.config).await.unwrap();
    assert!(!store.keeps_usernames_apart().await.unwrap(), "it is served all the same");
    store.close().await;
    world.other(r#"update "user" set username = 'eve' where email = 'eve@example.com'"#).await;
    assert_eq!(migrate::run(&world.config).await.unwrap(), [made]);
    assert!(world.store.keeps_usernames_apart().await.unwrap());
    let again = named("bob", "ada");
    assert!(world.store.create_user(&again, None).await.unwrap_err().is_taken_username());
}

#[tokio::test]
async fn an_adoption_by_an_earlier_version_gets_the_columns() {
    let url = Cluster::shared().new_database().await;
    script(&url, SNAKE_CASE).await;
    let config = DatabaseConfig { url: Secret::new(url), ..DatabaseConfig::default() };
    adopt::adopt(&config, &adopt::look(&config).await.unwrap()).await.unwrap();
    // As the version before these columns left it.
    let earlier = r#"
        drop view gateway_adopted."user";
        alter table "user" drop column username, drop column display_username, drop column is_anonymous,
            drop column last_login_method;
        create view gateway_adopted."user" as select id, name, email, email_verified as "emailVerified", image,
            created_at as "createdAt", updated_at as "updatedAt", role, banned, ban_reason as "banReason",
            ban_expires as "banExpires" from "user";
        update gateway_adopted._gateway_adoption set layout = replace(replace(replace(replace(layout,
            '"lastLoginMethod":"last_login_method",', ''),
            '"displayUsername":"display_username",', ''), '"isAnonymous":"is_anonymous",', ''),
            ',"username":"username"', '')"#;
    script(config.url.expose(), earlier).await;
    let unmigrated = DatabaseConfig { migrate: false, ..config.clone() };
    let refused = open(&unmigrated).await.unwrap_err().to_string();
    assert!(refused.contains("column public.user.username") && refused.contains("gateway migrate"), "{refused}");
    let store = open(&config).await.unwrap();
    let (user, _) = store.create_user(&named("ada", "ada"), None).await.unwrap();
    assert_eq!(store.user_by_username("ada").await.unwrap(), Some(user));
    assert!(store.create_user(&named("eve", "ada"), None).await.unwrap_err().is_taken_username());
    assert!(store.schema().await.unwrap().is_current());
}
