//! Permissions by table.

use super::{Actions, Permissions};
use crate::config::AdminConfig;

fn wish(wanted: &[(&str, &[&str])]) -> Actions {
    wanted.iter().map(|(name, actions)| (name.to_string(), actions.iter().map(ToString::to_string).collect())).collect()
}

fn permissions(config: &AdminConfig) -> Permissions {
    Permissions::new(config)
}

fn shop() -> Permissions {
    let support = wish(&[("user", &["list", "get"]), ("order", &["see"])]);
    let sales = wish(&[("order", &["see", "change"])]);
    permissions(&AdminConfig {
        roles: [("support".to_owned(), support), ("sales".to_owned(), sales)].into(),
        admin_user_ids: vec!["u1".into()],
        ..AdminConfig::default()
    })
}

#[test]
fn admins_may_do_everything_but_act_as_admins_and_users_nothing() {
    let all = permissions(&AdminConfig::default());
    for (resource, action) in [("user", "create"), ("user", "ban"), ("user", "impersonate"), ("session", "delete")] {
        assert!(all.allow(Some("admin"), &wish(&[(resource, &[action])])), "{resource} {action}");
        for role in [None, Some(""), Some("user"), Some("Admin"), Some(" admin"), Some("user, admin"), Some("nobody")] {
            assert!(!all.allow(role, &wish(&[(resource, &[action])])), "{role:?}: {resource} {action}");
        }
    }
    assert!(!all.allow(Some("admin"), &wish(&[("user", &["impersonate-admins"])])));
    assert!(!all.allow(Some("admin"), &wish(&[("user", &["list", "fly"])])));
    assert!(!all.allow(Some("admin"), &wish(&[("user", &["list"]), ("order", &["see"])])));
}

#[test]
fn nothing_wanted_is_nothing_allowed() {
    let all = permissions(&AdminConfig::default());
    assert!(!all.allow(Some("admin"), &wish(&[])));
    assert!(!all.allow(Some("admin"), &wish(&[("user", &[])])));
    assert!(!all.allow(Some("admin"), &wish(&[("user", &["list"]), ("session", &[])])));
}

#[test]
fn one_role_of_several_has_to_allow_all_of_it() {
    let shop = shop();
    let both = wish(&[("user", &["list"]), ("order", &["change"])]);
    assert!(shop.allow(Some("user,support"), &wish(&[("user", &["list", "get"]), ("order", &["see"])])));
    assert!(shop.allow(Some("support,sales"), &wish(&[("order", &["change"])])));
    assert!(!shop.allow(Some("support,sales"), &both), "only together they allow it");
    assert!(shop.allow(Some("user,admin"), &wish(&[("user", &["ban"])])), "admin stays what it is");
}

#[test]
fn an_id_can_be_allowed_everything() {
    let shop = shop();
    assert!(shop.allow_user("u1", Some("user"), &wish(&[("moon", &["land"])])));
    assert!(shop.allow_user("u1", None, &wish(&[])));
    assert!(!shop.allow_user("u2", Some("user"), &wish(&[("user", &["list"])])));
}

#[test]
fn who_has_no_role_has_the_default_one() {
    let all = permissions(&AdminConfig { default_role: "admin".into(), ..AdminConfig::default() });
    assert!(all.allow(None, &wish(&[("user", &["list"])])));
    assert!(all.allow(Some(""), &wish(&[("user", &["list"])])));
    assert!(!all.allow(Some("user"), &wish(&[("user", &["list"])])));
    assert!(all.is_admin("u2", None));
}

#[test]
fn admins_are_known_by_role_or_id() {
    let shop = shop();
    assert!(shop.is_admin("u2", Some("sales,admin")) && shop.is_admin("u1", None));
    assert!(!shop.is_admin("u2", Some("support")) && !shop.is_admin("u2", None));
}

#[test]
fn another_admin_role_may_do_everything_unless_it_is_described() {
    let wanted = wish(&[("user", &["ban"])]);
    let owners = AdminConfig { admin_roles: vec!["owner".into()], ..AdminConfig::default() };
    assert!(permissions(&owners).allow(Some("owner"), &wanted));
    let tame = AdminConfig { roles: [("owner".to_owned(), wish(&[("user", &["get"])]))].into(), ..owners };
    assert!(!permissions(&tame).allow(Some("owner"), &wanted));
}
