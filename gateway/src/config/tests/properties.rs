//! What holds for every input.

use std::time::Duration;

use proptest::prelude::*;

use super::Given;
use crate::config::{ListenAddress, Period, ServerAddress, Size, load::wording::nearest};

/// Text that looks like a configuration often enough to get past the parser.
fn fragments() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("[server]\n".to_owned()),
        Just("[[routes]]\n".to_owned()),
        Just("[upstreams.app]\n".to_owned()),
        Just("[auth]\n".to_owned()),
        Just("listen = ".to_owned()),
        Just("servers = [".to_owned()),
        Just("path = \"/*\"\n".to_owned()),
        Just("{ a = ".to_owned()),
        "[a-z_.]{1,12} = ",
        "\"\\PC{0,12}\"\n",
        "[-0-9a-z:.\\[\\]{}\"',=# \n]{0,12}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_file_makes_the_loader_panic(text in fragments()) {
        let _ = Given { file: &text, ..Given::default() }.load();
    }

    #[test]
    fn no_text_makes_the_loader_panic(text in "\\PC{0,60}") {
        let _ = Given { file: &text, ..Given::default() }.load();
    }

    #[test]
    fn no_variable_makes_the_loader_panic(name in "(SERVER|AUTH|ROUTES|UPSTREAMS__A|[A-Z_]{0,6})__[A-Z_]{0,12}", value in "\\PC{0,24}") {
        let name = format!("GATEWAY_{name}");
        let _ = Given { env: &[(&name, &value)], ..Given::default() }.load();
    }

    #[test]
    fn places_lie_within_the_file(text in fragments()) {
        let lines: Vec<&str> = text.split('\n').collect();
        let given = Given { file: &text, ..Given::default() };
        for problem in given.load().err().unwrap_or_default() {
            if let crate::config::Place::File { line, column, .. } = problem.place {
                prop_assert!(line >= 1 && line <= lines.len());
                prop_assert!(column >= 1 && column <= lines[line - 1].chars().count() + 1);
            }
        }
    }

    #[test]
    fn durations_survive_writing(millis in 0..1_u64 << 49) {
        let period = Period(Duration::from_millis(millis));
        prop_assert_eq!(period.to_string().parse(), Ok(period));
    }

    #[test]
    fn sizes_survive_writing(bytes: u64) {
        prop_assert_eq!(Size(bytes).to_string().parse(), Ok(Size(bytes)));
    }

    #[test]
    fn nonsense_is_no_duration_and_no_panic(text in "\\PC{0,20}") {
        let _ = (text.parse::<Period>(), text.parse::<Size>());
    }

    #[test]
    fn addresses_survive_writing(text in "(|http://|https://|h2c://|unix:)[a-z0-9.:/\\[\\]-]{0,20}") {
        if let Ok(address) = text.parse::<ListenAddress>() {
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }
        if let Ok(address) = text.parse::<ServerAddress>() {
            prop_assert_eq!(address.to_string().parse(), Ok(address));
        }
    }

    #[test]
    fn a_slip_of_one_letter_is_always_found(at in 0..8_usize, letter in "[a-z]") {
        let mut word = "max_body_size".to_owned();
        word.replace_range(at..=at, &letter);
        prop_assert_eq!(nearest(&word, ["listen", "max_body_size", "threads"]), Some("max_body_size"));
    }
}

#[test]
fn depth_is_no_way_to_break_it() {
    let deep = 20_000;
    let nested = format!("[oauth]\nx = {}{}\n", "[".repeat(deep), "]".repeat(deep));
    let tables = format!("[oauth]\nx = {}1{}\n", "{ a = ".repeat(deep), " }".repeat(deep));
    let dotted = format!("[oauth]\nx{} = 1\n", ".a".repeat(deep));
    let heading = format!("[oauth.x{}]\n", ".a".repeat(deep));
    for text in [nested, tables, dotted, heading] {
        assert!(Given { file: &text, ..Given::default() }.load().is_err());
    }
}
