//! Columns that need more than another name.

use super::*;

#[tokio::test]
async fn what_the_other_server_left_empty_is_read() {
    let config = database(USERS).await;
    script(config.url.expose(), "insert into users (id, email) values ('u', 'ada@example.com'); insert into user_sessions (id, user_id, token, expires_at) values ('s', 'u', 't', '2027-01-01 00:00')").await;
    adopt::adopt(&config, &look(&config).await).await.unwrap();
    let store = open(&config).await.unwrap();
    let (session, user) = store.session_with_user(&token("t")).await.unwrap().unwrap();
    assert_eq!((user.name.as_str(), user.email_verified, user.created_at), ("", false, DateTime::UNIX_EPOCH));
    assert_eq!(session.expires_at, "2027-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
    assert!(store.extend_session(&session.id, session.expires_at, noon() + TimeDelta::days(90)).await.unwrap());
    let stored = one(&config, "select expires_at::text from user_sessions").await;
    assert_eq!(stored.as_deref(), Some("2027-02-26 12:00:00.123"), "in UTC, as it was");
    assert!(store.credential_of(&user.id).await.unwrap().is_none());
}

#[tokio::test]
async fn passwords_are_in_step_whoever_sets_them() {
    let config = database(USERS).await;
    script(config.url.expose(), "insert into users (id, email, password) values ('u', 'ada@example.com', 'old')").await;
    adopt::adopt(&config, &look(&config).await).await.unwrap();
    let store = open(&config).await.unwrap();
    let ours = async |store: &Store| store.credential_of(&"u".into()).await.unwrap().and_then(|a| a.password);
    let ours = async || ours(&store).await.map(|hash| hash.expose().to_owned());
    let theirs = async || one(&config, "select password from users where id = 'u'").await;
    assert_eq!(ours().await.as_deref(), Some("old"));
    assert!(store.replace_password_hash("u", "old", "new").await.unwrap());
    assert!(!store.replace_password_hash("u", "old", "lost").await.unwrap());
    assert_eq!(theirs().await.as_deref(), Some("new"));
    script(config.url.expose(), "update users set password = 'theirs' where id = 'u'").await;
    assert_eq!(ours().await.as_deref(), Some("theirs"));
    script(config.url.expose(), "update users set password = null where id = 'u'").await;
    assert_eq!(ours().await, None);
    store.set_password(&"u".into(), "again").await.unwrap();
    assert_eq!(theirs().await.as_deref(), Some("again"));
    script(config.url.expose(), "insert into users (id, email, password) values ('v', 'eve@example.com', 'hers')")
        .await;
    assert!(store.credential_of(&"v".into()).await.unwrap().is_some());
    assert!(store.delete_user(&"v".into()).await.unwrap());
    assert_eq!(theirs().await.as_deref(), Some("again"), "nobody else's is touched");
}

#[tokio::test]
async fn ids_may_be_uuids() {
    let config = database(&of_ids("uuid")).await;
    let old = "insert into users (id, email, password) values ('00000000-0000-4000-8000-00000000000A', 'u@example.com', 'h');
        insert into user_sessions (id, user_id, token, expires_at) values
            ('00000000-0000-4000-8000-000000000005', '00000000-0000-4000-8000-00000000000A', 't', now() + interval '1 day')";
    script(config.url.expose(), old).await;
    let before = everything(&config).await;
    adopt::adopt(&config, &look(&config).await).await.unwrap();
    assert_eq!(look(&config).await.verdict, Verdict::Ready);
    let store = open(&config).await.unwrap();
    let (session, user) = store.session_with_user(&token("t")).await.unwrap().unwrap();
    assert_eq!(user.id.as_str(), "00000000-0000-4000-8000-00000000000a");
    assert!(store.credential_of(&user.id).await.unwrap().is_some());
    assert!(store.session_by_id(&session.id).await.unwrap().is_some());
    let (ada, mine) = store.create_user(&new_user("ada"), Some(&new_session(&dummy(), "mine"))).await.unwrap();
    assert_eq!(mine.unwrap().user_id, ada.id, "one id is always the same UUID");
    assert_eq!(
        one(&config, "select id::text from users where email = 'ada@example.com'").await.as_deref(),
        Some(ada.id.as_str())
    );
    assert_eq!(
        store.session_with_user(&token("mine")).await.unwrap().unwrap().1,
        store.user_by_id(&ada.id).await.unwrap().unwrap()
    );
    assert_eq!(store.credential_of(&ada.id).await.unwrap().unwrap().password.unwrap().expose(), "hash");
    store.create_session(&new_session(&ada, "more")).await.unwrap();
    assert_eq!(store.delete_sessions_of(&ada.id).await.unwrap(), 2);
    assert!(store.user_by_id(&"no uuid at all".into()).await.unwrap().is_none());
    script(config.url.expose(), "insert into users (id, email) values (gen_random_uuid(), 'node@example.com')").await;
    let theirs = store.user_by_email("node@example.com").await.unwrap().unwrap();
    assert!(store.delete_user(&theirs.id).await.unwrap());
    assert!(store.delete_user(&ada.id).await.unwrap());
    store.close().await;
    adopt::give_back(&config, &adopt::look_back(&config).await.unwrap()).await.unwrap();
    let kept = ["column public.users.banned boolean", "column public.users.role text"].map(str::to_owned);
    let after: Vec<_> = everything(&config).await.into_iter().filter(|thing| !kept.contains(thing)).collect();
    assert_eq!(after, before);
}

#[test]
fn an_id_is_always_the_same_uuid_of_version_4() {
    let of = crate::store::id::as_uuid;
    assert_eq!(of("abcdefghijklmnopqrstuvwxyz012345"), of("abcdefghijklmnopqrstuvwxyz012345"));
    assert_ne!(of("abcdefghijklmnopqrstuvwxyz012345"), of("abcdefghijklmnopqrstuvwxyz012346"));
    let uuid = of("Zyxwvutsrqponmlkjihgfedcba987654");
    assert_eq!((uuid.len(), uuid.as_bytes()[14], of(&uuid)), (36, b'4', uuid.clone()));
    assert!("89ab".contains(uuid.chars().nth(19).unwrap()), "{uuid}");
    assert_eq!(of("6BA7B810-9DAD-41D1-80B4-00C04FD430C8"), "6ba7b810-9dad-41d1-80b4-00c04fd430c8");
}

#[tokio::test]
async fn columns_of_other_types_are_kept_by_their_triggers() {
    let config = database(CONVERTED).await;
    let old = "insert into users (id, email, password_hash, role, updated_at) values ('u', 'u@example.com', 'h', 'admin', now());
        insert into user_sessions (id, user_id, token, expires_at, ip_address, updated_at) values ('s', 'u', 't', now(), '192.0.2.7/24', now())";
    script(config.url.expose(), old).await;
    adopt::adopt(&config, &look(&config).await).await.unwrap();
    let store = open(&config).await.unwrap();
    let (session, user) = store.session_with_user(&token("t")).await.unwrap().unwrap();
    assert_eq!((session.ip_address.as_deref(), user.role.as_deref()), (Some("192.0.2.7"), Some("admin")));
    assert_eq!(
        one(&config, "select ip_address::text from user_sessions").await.as_deref(),
        Some("192.0.2.7/24"),
        "as it was"
    );

    let (ada, _) = store
        .create_user(&NewUser { role: Some("admin".into()), ..new_user("ada") }, Some(&new_session(&user, "mine")))
        .await
        .unwrap();
    assert_eq!(store.user_by_id(&ada.id).await.unwrap().unwrap().role.as_deref(), Some("admin"));
    assert_eq!(
        one(&config, "select role || status from users where id = 'id-of-ada'").await.as_deref(),
        Some("adminactive")
    );
    assert_eq!(
        one(&config, "select ip_address::text from user_sessions where token = 'mine'").await.as_deref(),
        Some("192.0.2.1/32")
    );
    store.set_role(&ada.id, "user").await.unwrap();
    assert_eq!(one(&config, "select role::text from users where id = 'id-of-ada'").await.as_deref(), Some("user"));
    script(config.url.expose(), "update users set role = 'admin' where id = 'id-of-ada'").await;
    assert_eq!(store.user_by_id(&ada.id).await.unwrap().unwrap().role.as_deref(), Some("admin"));
    assert!(store.set_role(&ada.id, "owner").await.is_err(), "the list of roles is theirs");
    let nobody = NewUser { role: None, credential: None, ..new_user("bob") };
    let (bob, _) = store.create_user(&nobody, None).await.unwrap();
    assert_eq!(store.user_by_id(&bob.id).await.unwrap().unwrap().role.as_deref(), Some("user"), "their default");
    assert!(store.credential_of(&bob.id).await.unwrap().is_none());
}
