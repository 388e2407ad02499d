//! Judgements by table.

use super::{Facts, Judgement, Policy, Why};
use crate::config::Access;

const ADA: Facts<'_> = Facts { role: Some("user, editor"), verified: true, fresh: true };

fn policy(access: Access) -> Policy {
    Policy { access, ..Policy::default() }
}

fn roles(roles: &[&str]) -> Policy {
    Policy { roles: roles.iter().map(ToString::to_string).collect(), ..Policy::default() }
}

#[test]
fn access_decides_who_needs_to_sign_in() {
    for access in [Access::Public, Access::Optional] {
        assert_eq!(policy(access).judge(None), Judgement::Allow);
        assert_eq!(policy(access).judge(Some(ADA)), Judgement::Allow);
    }
    assert_eq!(policy(Access::User).judge(None), Judgement::SignIn);
    assert_eq!(policy(Access::User).judge(Some(ADA)), Judgement::Allow);
}

#[test]
fn any_of_the_roles_is_enough_and_none_of_the_others() {
    assert_eq!(roles(&["admin", "editor"]).judge(Some(ADA)), Judgement::Allow);
    let forbidden = Judgement::Forbidden(Why::Role(vec!["admin".into()]));
    assert_eq!(roles(&["admin"]).judge(Some(ADA)), forbidden);
    for role in [None, Some(""), Some("administrator"), Some("Admin"), Some("admin2,xadmin"), Some("ad,min")] {
        assert_eq!(roles(&["admin"]).judge(Some(Facts { role, ..ADA })), forbidden, "{role:?}");
    }
    assert_eq!(roles(&["admin"]).judge(None), Judgement::SignIn);
}

#[test]
fn conditions_make_any_route_private() {
    let odd = Policy { access: Access::Public, ..roles(&["admin"]) };
    assert_eq!(odd.judge(None), Judgement::SignIn);
    let verified = Policy { access: Access::Public, verified: true, ..Policy::default() };
    assert_eq!(verified.judge(None), Judgement::SignIn);
    assert_eq!(verified.judge(Some(Facts { verified: false, ..ADA })), Judgement::Forbidden(Why::Unverified));
    let fresh = Policy { access: Access::Optional, fresh: true, ..Policy::default() };
    assert_eq!(fresh.judge(Some(Facts { fresh: false, ..ADA })), Judgement::Forbidden(Why::NotFresh));
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
    let fresh = Policy { fresh: true, ..Policy::default() };
    assert_eq!(roles(&["a"]).strictest(&fresh), None);
    assert_eq!(user.strictest(&fresh), Some(&fresh));
}

#[test]
fn reasons_are_told_in_plain_words() {
    assert_eq!(Why::Role(vec!["admin".into()]).to_string(), "This needs the role \"admin\".");
    assert_eq!(Why::Role(vec!["a".into(), "b".into()]).to_string(), "This needs one of the roles \"a\", \"b\".");
    assert_eq!(Why::Unverified.to_string(), "This needs a verified e-mail address.");
}
