//! The document says what the routes do, and says it whole.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use url::Url;

use super::document;
use crate::config::Config;

fn written() -> Value {
    document(&Config::default(), &Url::parse("https://id.example.com").unwrap())
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let methods = |path: &str, item: &Value| {
        let named = |(method, operation): (&String, &Value)| (format!("{method} {path}"), operation.clone());
        item.as_object().unwrap().iter().map(named).collect::<Vec<_>>()
    };
    paths.iter().flat_map(|(path, item)| methods(path, item)).collect()
}

#[test]
fn every_operation_says_what_it_does_and_what_it_answers() {
    for (name, operation) in operations(&written()) {
        assert_ne!(operation["summary"], "", "{name} has no summary");
        let responses = operation["responses"].as_object().unwrap();
        let succeeds = responses.keys().any(|status| status.starts_with('2') || status.starts_with('3'));
        let only_refuses = operation["summary"].as_str().unwrap().starts_with("Refused");
        assert!(succeeds || only_refuses, "{name} never succeeds");
    }
}

#[test]
fn operation_ids_are_unique() {
    let written = written();
    let operations = operations(&written);
    let ids: BTreeSet<_> = operations.iter().map(|(_, operation)| operation["operationId"].to_string()).collect();
    assert_eq!(ids.len(), operations.len());
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(object) => {
                found.extend(object.get("$ref").and_then(Value::as_str).map(str::to_owned));
                object.values().for_each(|value| walk(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
            _ => {}
        }
    }
    let written = written();
    let mut found = Vec::new();
    walk(&written, &mut found);
    assert!(!found.is_empty());
    for reference in found {
        let target = reference.strip_prefix('#').and_then(|pointer| written.pointer(pointer));
        assert!(target.is_some(), "{reference}");
    }
}

#[test]
fn a_body_is_described_by_what_reads_it() {
    let written = written();
    let body = &written["paths"]["/sign-in/email"]["post"]["requestBody"];
    let schema = &body["content"]["application/json"]["schema"];
    assert_eq!(body["required"], true);
    assert_eq!(schema["required"], json!(["email", "password"]));
    assert_eq!(schema["properties"]["rememberMe"], json!({ "type": "boolean" }));
    assert!(body["content"].get("application/x-www-form-urlencoded").is_some());
}

#[test]
fn a_session_that_is_needed_is_asked_for() {
    let written = written();
    let listed = &written["paths"]["/list-sessions"]["get"];
    assert_eq!(listed["security"], json!([{ "cookie": [] }, { "bearer": [] }]));
    assert_eq!(listed["responses"]["403"]["description"], "Forbidden: `SESSION_NOT_FRESH`");
    assert_eq!(written["components"]["securitySchemes"]["cookie"]["name"], "__Secure-better-auth.session_token");
    assert_eq!(written["servers"][0]["url"], "https://id.example.com/api/auth");
}

#[test]
fn without_bearer_tokens_none_are_told_of() {
    let mut config = Config::default();
    config.bearer.enabled = false;
    let written = document(&config, &Url::parse("http://localhost:8080").unwrap());
    assert_eq!(written["paths"]["/list-sessions"]["get"]["security"], json!([{ "cookie": [] }]));
    assert_eq!(written["components"]["securitySchemes"].as_object().unwrap().len(), 1);
}
