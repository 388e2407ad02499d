//! The page about the codes names every code with its status, and none that there is not.

use std::collections::BTreeMap;

use super::CODES;

const PAGE: &str = include_str!("../../../../docs/errors.md");

/// Codes that stand in no table because their words depend on the request.
const SAID: &[&str] = &[
    "BAD_REQUEST",
    "VALIDATION_ERROR",
    "FIELD_NOT_ALLOWED",
    "UNSUPPORTED_MEDIA_TYPE",
    "PROVIDER_NOT_SUPPORTED",
    "OAUTH_LINK_ERROR",
];

/// The codes of the page's tables with the statuses beside them.
fn told() -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    for row in PAGE.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.split(" | ");
        let (codes, statuses) = (cells.next().unwrap(), cells.next().unwrap());
        for code in codes.split('`').skip(1).step_by(2) {
            assert!(told.insert(code.to_owned(), statuses.to_owned()).is_none(), "{code} is told twice");
        }
    }
    told
}

#[test]
fn every_code_has_a_row_with_its_status() {
    let told = told();
    for code in CODES {
        let statuses = told.get(code.name).unwrap_or_else(|| panic!("docs/errors.md does not tell of {}", code.name));
        assert!(statuses.contains(code.status.as_str()), "{} is {}", code.name, code.status);
    }
}

#[test]
fn every_row_is_about_a_code() {
    for code in told().keys() {
        let known = SAID.contains(&code.as_str()) || CODES.iter().any(|known| known.name == code);
        assert!(known, "docs/errors.md tells of {code}, which there is not");
    }
}
