//! The OpenAPI 3.1 document of the auth API, made of the routes themselves ([`super::endpoint`]).

use std::collections::BTreeMap;

use http::StatusCode;
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    FLOWS,
    body::{FORM, JSON, Media},
    endpoint::{Need, Operation},
    error::{self, Code},
};
use crate::config::Config;

#[cfg(test)]
mod tests;

/// Where the document keeps the schemas.
const SCHEMAS: &str = "/components/schemas";

/// Describes what a gateway with this configuration answers below `auth.base_path` of `public_url`.
pub fn document(config: &Config, public_url: &Url) -> Value {
    let mut schemas = SchemaSettings::draft2020_12().with(|s| s.definitions_path = SCHEMAS.into()).into_generator();
    let mut paths = Map::new();
    for flow in FLOWS.iter().filter(|flow| (flow.enabled)(config)) {
        for operation in (flow.routes)().into_operations() {
            let method = operation.method.as_str().to_ascii_lowercase();
            let entry = paths.entry(operation.path).or_insert_with(|| json!({}));
            entry[method] = describe(config, &operation, flow.id, &mut schemas);
        }
    }
    let mut components = schemas.take_definitions(true);
    components.insert("Error".into(), error_schema());
    let secure = config.cookies_are_secure(public_url);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": format!("{}: auth API", config.auth.app_name),
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Accounts and sessions, with Better Auth's HTTP contract.",
        },
        "servers": [{ "url": server(config, public_url) }],
        "paths": paths,
        "components": { "schemas": components, "securitySchemes": security_schemes(config, secure) },
    })
}

fn server(config: &Config, public_url: &Url) -> String {
    format!("{}{}", public_url.as_str().trim_end_matches('/'), config.auth.base_path)
}

fn security_schemes(config: &Config, secure: bool) -> Value {
    let prefix = if secure { "__Secure-" } else { "" };
    let name = format!("{prefix}{}.session_token", config.cookie.prefix);
    let mut schemes = json!({ "cookie": { "type": "apiKey", "in": "cookie", "name": name } });
    if config.bearer.enabled {
        schemes["bearer"] = json!({ "type": "http", "scheme": "bearer" });
    }
    schemes
}

fn error_schema() -> Value {
    json!({
        "type": "object",
        "properties": { "message": { "type": "string" }, "code": { "type": "string" } },
        "required": ["message"],
    })
}

fn describe(config: &Config, operation: &Operation, flow: &str, schemas: &mut SchemaGenerator) -> Value {
    let mut described = json!({
        "operationId": operation_id(operation),
        "summary": operation.summary,
        "tags": [flow],
        "responses": responses(operation, schemas),
    });
    let parameters = parameters(operation);
    if !parameters.is_empty() {
        described["parameters"] = parameters.into();
    }
    if let Some(body) = &operation.body {
        let content: Map<_, _> =
            media_types(body.media).iter().map(|name| ((*name).into(), json!({ "schema": body.schema }))).collect();
        described["requestBody"] = json!({ "required": body.required, "content": content });
    }
    match operation.session {
        Need::None => {}
        Need::Optional => described["security"] = security(config, &[json!({})]),
        Need::Session => described["security"] = security(config, &[]),
    }
    described
}

/// One of these schemes must be met.
fn security(config: &Config, others: &[Value]) -> Value {
    let mut schemes = others.to_vec();
    schemes.push(json!({ "cookie": [] }));
    if config.bearer.enabled {
        schemes.push(json!({ "bearer": [] }));
    }
    schemes.into()
}

/// `POST /sign-in/email` is `postSignInEmail`.
fn operation_id(operation: &Operation) -> String {
    let method = operation.method.as_str().to_ascii_lowercase();
    let words = operation.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(method, |id, word| {
        let (first, rest) = word.split_at(1);
        id + &first.to_ascii_uppercase() + rest
    })
}

fn media_types(media: Media) -> &'static [&'static str] {
    match media {
        Media::Json => &[JSON],
        Media::JsonOrForm => &[JSON, FORM],
        Media::Form => &[FORM],
    }
}

fn parameters(operation: &Operation) -> Vec<Value> {
    let in_path = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut parameters: Vec<_> = in_path
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    parameters.extend(
        operation.query.iter().map(
            |field| json!({ "name": field.name, "in": "query", "required": field.required, "schema": field.schema }),
        ),
    );
    parameters
}

fn responses(operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    if let Some(answer) = operation.answer {
        let schema = answer(schemas);
        responses.insert("200".into(), json!({ "description": "Done.", "content": { JSON: { "schema": schema } } }));
    }
    if operation.shows_page {
        let page = json!({ "description": "A page.", "content": { "text/html": { "schema": { "type": "string" } } } });
        responses.insert("200".into(), page);
    }
    if operation.redirects {
        let location = json!({ "Location": { "schema": { "type": "string" } } });
        responses.insert("302".into(), json!({ "description": "Sends the browser on.", "headers": location }));
    }
    for (status, codes) in refusals(operation) {
        responses.insert(status.to_string(), refusal(status, &codes));
    }
    for status in &operation.silent {
        responses.insert(status.as_str().into(), json!({ "description": "Refused, with an empty body." }));
    }
    responses.into()
}

/// Codes by status: the operation's own, those of its body and query, and those that anything may get.
fn refusals(operation: &Operation) -> BTreeMap<u16, Vec<&'static str>> {
    let mut by_status: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    let mut add = |status: StatusCode, code| by_status.entry(status.as_u16()).or_default().push(code);
    for Code { name, status, .. } in &operation.refusals {
        add(*status, name);
    }
    if operation.body.is_some() || !operation.query.is_empty() {
        add(StatusCode::BAD_REQUEST, "VALIDATION_ERROR");
    }
    if operation.body.is_some() {
        add(StatusCode::BAD_REQUEST, "BAD_REQUEST");
        add(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE");
    }
    if operation.path.contains('{') || !operation.query.is_empty() {
        add(StatusCode::URI_TOO_LONG, "BAD_REQUEST");
    }
    add(StatusCode::TOO_MANY_REQUESTS, "");
    add(error::SERVICE_UNAVAILABLE.status, error::SERVICE_UNAVAILABLE.name);
    by_status
}

fn refusal(status: u16, codes: &[&str]) -> Value {
    let words = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let named: Vec<_> = codes.iter().filter(|code| !code.is_empty()).map(|code| format!("`{code}`")).collect();
    let separator = if named.is_empty() { "" } else { ": " };
    json!({
        "description": format!("{words}{separator}{}", named.join(", ")),
        "content": { JSON: { "schema": { "$ref": "#/components/schemas/Error" } } },
    })
}
