//! What a token says of its user: the fields that get-session shows, or those that are configured, and claims by
//! configuration.

use serde_json::{Map, Value};

use crate::{app::App, auth::view, config::JwtConfig, store::User};

/// The claims about a user.
pub(super) fn of(app: &App, user: &User) -> Map<String, Value> {
    let Ok(Value::Object(all)) = serde_json::to_value(view::User::of(app, user)) else { return Map::new() };
    let config = &app.config.jwt;
    let mut claims = match &config.fields {
        None => all.clone(),
        Some(fields) => fields.iter().map(|name| (name.clone(), field(&all, name))).collect(),
    };
    claims.extend(config.claims.iter().map(|(name, written)| (name.clone(), value(&all, written))));
    claims
}

/// A field of the user; null where there is none. `roles` is `role` as a list.
fn field(user: &Map<String, Value>, name: &str) -> Value {
    if name != "roles" {
        return user.get(name).cloned().unwrap_or_default();
    }
    let role = user.get("role").and_then(Value::as_str).unwrap_or_default();
    role.split(',').map(str::trim).filter(|role| !role.is_empty()).collect()
}

/// A configured value, with what it says of the user put in.
fn value(user: &Map<String, Value>, written: &toml::Value) -> Value {
    if let Some(name) = JwtConfig::user_field(written) {
        return field(user, name);
    }
    match written {
        toml::Value::String(text) => Value::String(text.clone()),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(flag) => Value::Bool(*flag),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(list) => list.iter().map(|inner| value(user, inner)).collect(),
        toml::Value::Table(table) => table.iter().map(|(name, inner)| (name.clone(), value(user, inner))).collect(),
    }
}
