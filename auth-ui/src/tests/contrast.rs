//! The colours of `app.css` against the contrast that WCAG 2.2 asks for, in the light and the dark scheme.

use std::collections::HashMap;

/// Text on ground: 4.5 to 1 (1.4.3).
const TEXT: &[(&str, &str)] = &[
    ("ink", "paper"),
    ("ink", "card"),
    ("ink", "well"),
    ("soft", "paper"),
    ("soft", "card"),
    ("soft", "well"),
    ("accent", "paper"),
    ("accent", "card"),
    ("accent-over", "paper"),
    ("accent-over", "wash"),
    ("on-accent", "accent"),
    ("on-accent", "accent-over"),
    ("ink", "wash"),
    ("good", "wash"),
    ("good", "good-wash"),
    ("bad", "bad-wash"),
    ("bad", "card"),
];

/// Edges of controls and the focus ring on ground: 3 to 1 (1.4.11).
const EDGES: &[(&str, &str)] =
    &[("edge", "card"), ("edge", "paper"), ("accent", "card"), ("accent", "paper"), ("bad", "card")];

#[test]
fn colours_can_be_told_apart() {
    let css = include_str!("../../assets/app.css");
    let (light, rest) = css.split_once("@media (prefers-color-scheme: dark)").expect("a dark scheme");
    let (dark, _) = rest.split_once("/* === Ground").expect("tokens stand first");
    for (scheme, tokens) in [("light", tokens(light)), ("dark", tokens(dark))] {
        let told_apart = |pairs: &[(&str, &str)], least: f64| {
            for (front, back) in pairs {
                let ratio = contrast(tokens[*front], tokens[*back]);
                assert!(ratio >= least, "{scheme}: {front} on {back} is {ratio:.2}, needs {least}");
            }
        };
        told_apart(TEXT, 4.5);
        told_apart(EDGES, 3.0);
    }
}

#[test]
fn colours_stand_only_among_the_tokens() {
    let css = include_str!("../../assets/app.css");
    let (_, rules) = css.split_once("/* === Ground").expect("tokens stand first");
    let rules = rules.lines().chain(include_str!("../../assets/controls.css").lines());
    let mut coloured = rules
        .filter(|line| line.contains(" rgb(") || line.split(": #").nth(1).is_some_and(|hex| !hex.starts_with("000")));
    assert_eq!(coloured.next(), None);
}

/// The custom properties that are written as `#rrggbb`.
fn tokens(css: &str) -> HashMap<&str, [u8; 3]> {
    css.lines().filter_map(|line| token(line.trim())).collect()
}

fn token(line: &str) -> Option<(&str, [u8; 3])> {
    let (name, value) = line.strip_prefix("--")?.split_once(": #")?;
    let number = u32::from_str_radix(value.strip_suffix(';')?, 16).ok()?;
    let [_, red, green, blue] = number.to_be_bytes();
    Some((name, [red, green, blue]))
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}
