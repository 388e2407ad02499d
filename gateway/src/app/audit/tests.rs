//! Entries as they are put together, and what names them.

use std::collections::BTreeSet;

use chrono::DateTime;
use expect_test::expect;

use super::{Act, Actor, What};
use crate::store::{Session, UserId};

fn session(impersonated_by: Option<&str>) -> Session {
    let at = DateTime::UNIX_EPOCH;
    Session {
        id: "session".into(),
        token: "token".into(),
        user_id: "ada".into(),
        expires_at: at,
        created_at: at,
        updated_at: at,
        ip_address: None,
        user_agent: None,
        impersonated_by: impersonated_by.map(str::to_owned),
    }
}

#[test]
fn names_are_unique() {
    let names: BTreeSet<_> = What::ALL.iter().map(|what| what.name()).collect();
    assert_eq!(names.len(), What::ALL.len());
    assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c))));
}

#[test]
fn an_admin_who_acts_as_a_user_is_the_actor() {
    let entry = Act::within(What::PasswordChange, &session(Some("root"))).entry(DateTime::UNIX_EPOCH);
    assert_eq!((entry.actor_id.as_deref(), entry.subject_id.as_deref()), (Some("root"), Some("ada")));
    expect![[r#"{"impersonating":"ada"}"#]].assert_eq(entry.details.as_deref().unwrap());
}

#[test]
fn a_refusal_tells_its_code() {
    let act = Act::new(What::SignIn, Actor::Nobody).about(&UserId::from("ada")).refused("INVALID_EMAIL_OR_PASSWORD");
    let entry = act.from("192.0.2.1", "").with("method", "password").entry(DateTime::UNIX_EPOCH);
    assert_eq!((entry.outcome.as_str(), entry.user_agent, entry.session_id), ("refused", None, None));
    expect![[r#"{"method":"password","code":"INVALID_EMAIL_OR_PASSWORD"}"#]]
        .assert_eq(entry.details.as_deref().unwrap());
}
