use super::*;
use crate::config::ValidationOrders;

fn by_default() -> UsernameConfig {
    UsernameConfig::default()
}

#[test]
fn names_are_measured_and_matched() {
    let names = Usernames::new(&by_default());
    for good in ["ada", "Ada.L_0", &"x".repeat(30)] {
        assert_eq!(names.check(good), Ok(()), "{good}");
    }
    for (bad, fault) in [
        ("", Fault::TooShort),
        ("ab", Fault::TooShort),
        ("\u{1f600}", Fault::TooShort),
        (&"x".repeat(31), Fault::TooLong),
        ("a b c", Fault::Invalid),
        ("ada\n", Fault::Invalid),
        ("ad\u{e4}", Fault::Invalid),
    ] {
        assert_eq!(names.check(bad), Err(fault), "{bad:?}");
    }
    assert_eq!((names.stored("Ada.L"), names.displayed("Ada.L")), ("ada.l".into(), "Ada.L".into()));
}

#[test]
fn the_form_may_be_left_and_judged_afterwards() {
    let validation_order = ValidationOrders { username: ValidationOrder::PostNormalization, ..Default::default() };
    let rules = UsernameConfig { username_validator: "^[a-z]+$".into(), validation_order, ..by_default() };
    assert_eq!(Usernames::new(&rules).check("ADA"), Ok(()));
    let before = UsernameConfig { validation_order: ValidationOrders::default(), ..rules.clone() };
    assert_eq!(Usernames::new(&before).check("ADA"), Err(Fault::Invalid));
    let as_it_is = UsernameConfig { username_normalization: Normalization::None, ..by_default() };
    assert_eq!(Usernames::new(&as_it_is).stored("Ada"), "Ada");
    let anything = UsernameConfig { username_validator: String::new(), ..by_default() };
    assert_eq!(Usernames::new(&anything).check("a b c"), Ok(()));
    let unreadable = UsernameConfig { username_validator: "(".into(), ..by_default() };
    assert_eq!(Usernames::new(&unreadable).check("ada"), Err(Fault::Invalid));
}

#[test]
fn what_is_shown_has_a_rule_of_its_own() {
    assert!(Usernames::new(&by_default()).may_display("Any Thing"));
    let validator = "^[a-z]+$".to_owned();
    let rules = UsernameConfig { display_username_validator: validator, ..by_default() };
    assert!(!Usernames::new(&rules).may_display("Ada"));
    let validation_order =
        ValidationOrders { display_username: ValidationOrder::PostNormalization, ..Default::default() };
    let rules = UsernameConfig { display_username_normalization: Normalization::Lowercase, validation_order, ..rules };
    assert!(Usernames::new(&rules).may_display("Ada"));
}
