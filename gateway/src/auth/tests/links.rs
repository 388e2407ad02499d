//! Addresses in links.

use super::gate::{Gate, ORIGIN};
use crate::auth::links;

#[tokio::test]
async fn a_parameter_is_set_as_browsers_do() {
    let gate = Gate::new().await;
    for (target, expected) in [
        ("/reset", format!("{ORIGIN}/reset?token=T")),
        ("/reset?a=b%20c", format!("{ORIGIN}/reset?a=b+c&token=T")),
        ("/reset?token=1&a=2&token=3#end", format!("{ORIGIN}/reset?token=T&a=2#end")),
        ("https://app.example.com", "https://app.example.com/?token=T".into()),
        ("myapp://reset", "myapp://reset?token=T".into()),
    ] {
        assert_eq!(links::with_parameter(&gate.app, target, "token", "T").unwrap(), expected);
    }
}

#[tokio::test]
async fn more_is_said_behind_what_was_said() {
    let gate = Gate::new().await;
    for (target, expected) in [
        ("/in", "/in?error=E"),
        ("/in?", "/in?error=E"),
        ("/in?a=b%20c#end", "/in?a=b%20c&error=E#end"),
        ("/in?a&", "/in?a&error=E"),
        ("/in?error=old", "/in?error=old&error=E"),
        ("http://localhost:3000", "http://localhost:3000/?error=E"),
        ("myapp://in?x=1", "myapp://in?x=1&error=E"),
    ] {
        assert_eq!(links::with_more(&gate.app, target, "error", "E").unwrap(), expected);
    }
}

#[test]
fn components_are_escaped_as_in_javascript() {
    assert_eq!(links::component("/a b?c='(!*)~._-é#"), "%2Fa%20b%3Fc%3D'(!*)~._-%C3%A9%23");
}

#[test]
fn nobody_is_told_where_a_browser_comes_from() {
    let response = links::found("/a\u{e9}\n").unwrap();
    assert_eq!(response.headers()["referrer-policy"], "no-referrer");
    assert_eq!(response.headers()["location"], "/a%C3%A9%0A");
}
