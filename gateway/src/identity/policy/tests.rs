//! Judgements by table.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{Condition, Facts, Judgement, Policy, Why};
use crate::{
    config::{Access, Actions, AdminConfig},
    identity::permissions::Permissions,
};

const ADA: Facts<'_> =
    Facts { user_id: "ada", role: Some("user, editor"), verified: true, age: TimeDelta::seconds(59) };

fn actions(written: &[(&str, &[&str])]) -> Actions {
    let of_one = |(resource, actions): &(&str, &[&str])| {
        ((*resource).to_owned(), actions.iter().map(ToString::to_string).collect())
    };
    written.iter().map(of_one).collect()
}

fn permissions() -> Permissions {
    let mut admin = AdminConfig::default();
    admin.roles.insert("reader".into(), actions(&[("items", &["read"])]));
    admin.roles.insert("writer".into(), actions(&[("items", &["read", "write"]), ("users", &["list"])]));
    admin.admin_user_ids = vec!["root".into()];
    Permissions::new(&admin)
}

trait Judge {
    fn judged(&self, facts: Option<Facts<'_>>) -> Judgement;
}

impl Judge for Policy {
    fn judged(&self, facts: Option<Facts<'_>>) -> Judgement {
        self.judge(facts, &permissions())
    }
}

fn policy(access: Access) -> Policy {
    Policy { access, ..Policy::default() }
}

fn roles(roles: &[&str]) -> Policy {
    Policy { roles: roles.iter().map(ToString::to_string).collect(), ..Policy::default() }
}

#[test]
fn access_decides_who_needs_to_sign_in() {
    for access in [Access::Public, Access::Optional] {
        assert_eq!(policy(access).judged(None), Judgement::Allow);
        assert_eq!(policy(access).judged(Some(ADA)), Judgement::Allow);
    }
    assert_eq!(policy(Access::User).judged(None), Judgement::SignIn);
    assert_eq!(policy(Access::User).judged(Some(ADA)), Judgement::Allow);
}

#[test]
fn any_of_the_roles_is_enough_and_none_of_the_others() {
    assert_eq!(roles(&["admin", "editor"]).judged(Some(ADA)), Judgement::Allow);
    let forbidden = Judgement::Forbidden(Why::Role(vec!["admin".into()]));
    assert_eq!(roles(&["admin"]).judged(Some(ADA)), forbidden);
    for role in [None, Some(""), Some("administrator"), Some("Admin"), Some("admin2,xadmin"), Some("ad,min")] {
        assert_eq!(roles(&["admin"]).judged(Some(Facts { role, ..ADA })), forbidden, "{role:?}");
    }
    assert_eq!(roles(&["admin"]).judged(None), Judgement::SignIn);
}

#[test]
fn conditions_make_any_route_private() {
    let odd = Policy { access: Access::Public, ..roles(&["admin"]) };
    assert_eq!(odd.judged(None), Judgement::SignIn);
    let verified = Policy { access: Access::Public, verified: true, ..Policy::default() };
    assert_eq!(verified.judged(None), Judgement::SignIn);
    assert_eq!(verified.judged(Some(Facts { verified: false, ..ADA })), Judgement::Forbidden(Why::Unverified));
    let fresh = Policy { access: Access::Optional, fresh: Some(TimeDelta::minutes(1)), ..Policy::default() };
    assert_eq!(fresh.judged(Some(Facts { age: TimeDelta::seconds(60), ..ADA })), Judgement::Forbidden(Why::NotFresh));
    assert!(
        fresh.wants_identity() && !policy(Access::Public).wants_identity() && policy(Access::Optional).wants_identity()
    );
}

#[test]
fn the_strictest_admits_nobody_else() {
    let (public, optional, user) = (policy(Access::Public), policy(Access::Optional), policy(Access::User));
    assert_eq!(public.strictest(&optional), Some(&optional));
    assert_eq!(user.strictest(&public), Some(&user));
    assert_eq!(roles(&["a", "b"]).strictest(&roles(&["a"])), Some(&roles(&["a"])));
    assert_eq!(roles(&["a"]).strictest(&roles(&["b"])), None);
    let fresh = Policy { fresh: Some(TimeDelta::minutes(1)), ..Policy::default() };
    assert_eq!(roles(&["a"]).strictest(&fresh), None);
    assert_eq!(user.strictest(&fresh), Some(&fresh));
}

#[test]
fn reasons_are_told_in_plain_words() {
    assert_eq!(Why::Role(vec!["admin".into()]).to_string(), "This needs the role \"admin\".");
    assert_eq!(Why::Role(vec!["a".into(), "b".into()]).to_string(), "This needs one of the roles \"a\", \"b\".");
    assert_eq!(Why::Unverified.to_string(), "This needs a verified e-mail address.");
    assert_eq!(Why::NotRole(vec!["guest".into()]).to_string(), "This is closed to the role \"guest\".");
    let why = Why::Permission(actions(&[("items", &["read", "write"]), ("users", &["list"])]));
    let told = "This needs a permission that you do not have (items: read, write; users: list).";
    assert_eq!(why.to_string(), told);
}

#[test]
fn nobody_with_one_of_the_wrong_roles_gets_in() {
    let policy = Policy { not_roles: vec!["guest".into(), "editor".into()], ..Policy::default() };
    let forbidden = Judgement::Forbidden(Why::NotRole(policy.not_roles.clone()));
    assert_eq!(policy.judged(Some(ADA)), forbidden);
    for (role, expected) in
        [(None, Judgement::Allow), (Some("guests"), Judgement::Allow), (Some("user,guest"), forbidden.clone())]
    {
        assert_eq!(policy.judged(Some(Facts { role, ..ADA })), expected, "{role:?}");
    }
    let open = Policy { access: Access::Public, ..policy };
    assert_eq!(open.judged(None), Judgement::SignIn, "nobody has none of the roles, and is still nobody");
}

#[test]
fn one_role_must_permit_all() {
    let policy = Policy { permissions: actions(&[("items", &["write"]), ("users", &["list"])]), ..Policy::default() };
    let forbidden = Judgement::Forbidden(Why::Permission(policy.permissions.clone()));
    let judged = |user_id, role| policy.judged(Some(Facts { user_id, role, ..ADA }));
    assert_eq!(judged("ada", Some("writer")), Judgement::Allow);
    assert_eq!(judged("ada", Some("user,writer")), Judgement::Allow);
    assert_eq!(judged("root", None), Judgement::Allow, "an admin by id");
    for role in [None, Some(""), Some("reader"), Some("user"), Some("admin"), Some("Writer")] {
        assert_eq!(judged("ada", role), forbidden, "{role:?}");
    }
    let empty = Policy { permissions: actions(&[("items", &[])]), ..Policy::default() };
    assert!(matches!(empty.judged(Some(ADA)), Judgement::Forbidden(_)), "a wish without actions is never granted");
}

#[test]
fn freshness_is_counted_from_the_sign_in() {
    let within = |minutes| Policy { fresh: Some(TimeDelta::minutes(minutes)), ..Policy::default() };
    let old = Facts { age: TimeDelta::minutes(10), ..ADA };
    assert_eq!(within(11).judged(Some(old)), Judgement::Allow);
    assert_eq!(within(10).judged(Some(old)), Judgement::Forbidden(Why::NotFresh));
    assert_eq!(within(0).judged(Some(old)), Judgement::Allow, "any age will do, but somebody must be signed in");
    assert_eq!(within(0).judged(None), Judgement::SignIn);
    assert_eq!(within(5).strictest(&within(10)), Some(&within(5)));
    assert_eq!(within(0).strictest(&within(10)), Some(&within(10)));
}

#[test]
fn conditions_are_told_apart_in_words() {
    let (roles, guests) = (["admin".to_owned(), "editor".to_owned()], ["guest".to_owned()]);
    let wanted = actions(&[("items", &["read"])]);
    let told = [
        Condition::Roles(&roles),
        Condition::NotRoles(&guests),
        Condition::Permissions(&wanted),
        Condition::Verified,
        Condition::Fresh(TimeDelta::minutes(90)),
    ]
    .map(|condition| condition.to_string());
    let expected =
        ["admin or editor", "not guest", "items: read", "a verified address", "a session younger than 1h30m"];
    assert_eq!(told, expected);
}

fn some_of(names: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(names.to_vec(), 0..=names.len())
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

fn any_policy() -> impl Strategy<Value = Policy> {
    const ROLES: &[&str] = &["admin", "reader", "writer", "guest"];
    let access = prop::sample::select(vec![Access::Public, Access::Optional, Access::User]);
    let wanted = prop::collection::btree_map(
        prop::sample::select(vec!["items".to_owned(), "users".to_owned()]),
        some_of(&["read", "write", "list"]),
        0..2,
    );
    let fresh = prop::option::of((0..4i64).prop_map(TimeDelta::minutes));
    (access, some_of(ROLES), some_of(ROLES), wanted, any::<bool>(), fresh).prop_map(
        |(access, roles, not_roles, permissions, verified, fresh)| Policy {
            access,
            roles,
            not_roles,
            permissions,
            verified,
            fresh,
            jwt: false,
        },
    )
}

fn anybody() -> impl Strategy<Value = Option<(bool, Vec<String>, bool, i64)>> {
    const ROLES: &[&str] = &["admin", "reader", "writer", "guest", "user"];
    prop::option::of((any::<bool>(), some_of(ROLES), any::<bool>(), 0..300i64))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whoever_passes_the_strictest_passes_both(one in any_policy(), other in any_policy(), who in anybody()) {
        let roles = who.as_ref().map(|(_, roles, ..)| roles.join(","));
        let facts = who.as_ref().map(|(root, _, verified, age)| Facts {
            user_id: if *root { "root" } else { "ada" },
            role: roles.as_deref().filter(|roles| !roles.is_empty()),
            verified: *verified,
            age: TimeDelta::seconds(*age),
        });
        let passes = |policy: &Policy| policy.judged(facts) == Judgement::Allow;
        if let Some(strictest) = one.strictest(&other)
            && passes(strictest)
        {
            prop_assert!(passes(&one) && passes(&other), "{one:?} {other:?}");
        }
        prop_assert_eq!(one.strictest(&one), Some(&one));
        prop_assert_eq!(one.strictest(&other).is_some(), other.strictest(&one).is_some());
    }

    #[test]
    fn a_policy_holds_if_each_of_its_conditions_does(policy in any_policy(), age in 0..300i64, roles in some_of(&["admin", "reader", "writer", "guest"])) {
        let (roles, permissions) = (roles.join(","), permissions());
        let facts = Facts { role: Some(&roles), age: TimeDelta::seconds(age), ..ADA };
        let all = policy.conditions().all(|condition| condition.holds(&facts, &permissions));
        prop_assert_eq!(policy.judge(Some(facts), &permissions) == Judgement::Allow, all);
    }
}
