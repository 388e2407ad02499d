use proptest::prelude::*;
use serde_json::Value;

use super::json;

/// Values without NUL; objects have no key twice because a map makes them.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[^\\x00]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn plain_json_is_read_as_it_is(value in value()) {
        prop_assert_eq!(json(value.to_string().as_bytes()).unwrap(), value);
    }

    #[test]
    fn no_bytes_break_it(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        drop(json(&bytes));
    }

    #[test]
    fn it_never_takes_what_the_usual_reader_refuses(text in r#"[\[\]{}",:0-9a\\u.e\-]{0,16}"#) {
        if json(text.as_bytes()).is_ok() {
            prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        }
    }
}
