//! Reading the fields of a body one by one, with the words in which the contract complains about them.
//!
//! Every field that is wrong is reported, not only the first. Keys that nobody asks for are dropped.

use serde_json::{Map, Value, json};

use super::{
    email,
    error::{Error, Result},
};

/// Most characters of a text that may be left out, such as an address to return to.
const MOST_TEXT: usize = 2_048;

/// What a request body of an endpoint must look like.
pub(crate) trait Form: Sized + Send {
    /// The media types it may come in.
    const MEDIA: super::body::Media = super::body::Media::Json;
    /// Whether it must be there.
    const PRESENCE: Presence = Presence::Required;
    /// Whether posting it signs somebody in, so that other sites must not be able to do it even without a cookie.
    const SIGNS_IN: bool = false;

    /// Takes the fields out.
    fn read(fields: &mut Fields<'_>) -> Self;
}

/// Whether a body must be there, and how its absence is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// An object.
    Required,
    /// An object that may carry more fields than are named, which is checked twice and so told twice.
    RequiredOpen,
    /// An object or nothing.
    Optional,
    /// Whatever it is, it is not looked at.
    Ignored,
}

/// The fields of a body and what is wrong with them so far.
pub(crate) struct Fields<'b> {
    object: &'b Map<String, Value>,
    issues: Vec<String>,
    /// What was asked for, while nothing is read and only that is to be learned.
    asked: Option<Vec<Property>>,
}

/// A field that a form asks for.
#[derive(Debug, Clone)]
pub(crate) struct Property {
    /// Its name.
    pub(crate) name: String,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// Its JSON Schema.
    pub(crate) schema: Value,
}

/// Reads a body as `F` wants it.
pub(crate) fn read<F: Form>(body: Option<&Value>) -> Result<F> {
    let nothing = Map::new();
    let object = match (body, F::PRESENCE) {
        (Some(Value::Object(object)), _) => object,
        (None, Presence::Optional) | (_, Presence::Ignored) => &nothing,
        (other, presence) => return Err(no_object(other, presence)),
    };
    let mut fields = Fields { object, issues: Vec::new(), asked: None };
    let form = F::read(&mut fields);
    if fields.issues.is_empty() { Ok(form) } else { Err(Error::validation(fields.issues.join("; "))) }
}

/// What `F` asks for, learned by letting it read nothing.
pub(crate) fn asked_by<F: Form>() -> Vec<Property> {
    let nothing = Map::new();
    let mut fields = Fields { object: &nothing, issues: Vec::new(), asked: Some(Vec::new()) };
    F::read(&mut fields);
    fields.asked.unwrap_or_default()
}

/// The JSON Schema of a body as `F` wants it.
pub(crate) fn schema<F: Form>() -> Value {
    let asked = asked_by::<F>();
    let required: Vec<_> = asked.iter().filter(|property| property.required).map(|property| &property.name).collect();
    let properties: Map<_, _> = asked.iter().map(|property| (property.name.clone(), property.schema.clone())).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn no_object(body: Option<&Value>, presence: Presence) -> Error {
    let received = kind(body);
    let mut message = format!("[body] Invalid input: expected object, received {received}");
    if presence == Presence::RequiredOpen {
        message += &format!("; [body] Invalid input: expected record, received {received}");
    }
    Error::validation(message)
}

impl<'b> Fields<'b> {
    /// A text that must be there.
    pub(crate) fn text(&mut self, name: &str) -> String {
        self.note(name, true, || json!({ "type": "string" }));
        let value = self.object.get(name);
        self.expect_text(name, value).unwrap_or_default()
    }

    /// A text that must be there and not be empty.
    pub(crate) fn filled_text(&mut self, name: &str) -> String {
        self.note(name, true, || json!({ "type": "string", "minLength": 1 }));
        let value = self.object.get(name);
        let text = self.expect_text(name, value);
        if text.as_deref() == Some("") {
            self.complain(name, "Too small: expected string to have >=1 characters");
        }
        text.unwrap_or_default()
    }

    /// An e-mail address that must be there, in the form it is stored and looked up in.
    pub(crate) fn email(&mut self, name: &str) -> String {
        self.note(name, true, || json!({ "type": "string", "format": "email", "maxLength": email::MOST_CHARACTERS }));
        let value = self.object.get(name);
        let Some(text) = self.expect_text(name, value) else { return String::new() };
        let address = email::canonical(&text);
        if address.is_none() {
            self.complain(name, "Invalid email address");
        }
        address.unwrap_or_default()
    }

    /// A text that may be left out.
    pub(crate) fn optional_text(&mut self, name: &str) -> Option<String> {
        self.note(name, false, || json!({ "type": "string", "maxLength": MOST_TEXT }));
        let value = self.object.get(name)?;
        let text = self.expect_text(name, Some(value))?;
        self.at_most(name, &text, MOST_TEXT);
        Some(text)
    }

    /// A truth value that may be left out.
    pub(crate) fn optional_flag(&mut self, name: &str) -> Option<bool> {
        self.note(name, false, || json!({ "type": "boolean" }));
        let value = self.object.get(name)?;
        if !value.is_boolean() {
            self.complain(name, &format!("Invalid input: expected boolean, received {}", kind(Some(value))));
        }
        value.as_bool()
    }

    /// A box ticked in a form of the pages.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(|value| value == "true" || value == "on")
    }

    /// The first of these fields that is set to something, whatever it is.
    pub(crate) fn first_set(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.object.get(*name).is_some_and(is_truthy))
    }

    /// Refuses a text that is longer than `most` characters.
    pub(crate) fn at_most(&mut self, name: &str, text: &str, most: usize) {
        let asked = self.asked.iter_mut().flatten().find(|property| property.name == name);
        if let Some(property) = asked {
            property.schema["maxLength"] = most.into();
        }
        if text.chars().nth(most).is_some() {
            self.complain(name, &format!("Too big: expected string to have <={most} characters"));
        }
    }

    fn note(&mut self, name: &str, required: bool, schema: impl FnOnce() -> Value) {
        if let Some(asked) = &mut self.asked {
            asked.push(Property { name: name.to_owned(), required, schema: schema() });
        }
    }

    fn expect_text(&mut self, name: &str, value: Option<&'b Value>) -> Option<String> {
        let Some(Value::String(text)) = value else {
            self.complain(name, &format!("Invalid input: expected string, received {}", kind(value)));
            return None;
        };
        Some(text.clone())
    }

    fn complain(&mut self, name: &str, what: &str) {
        self.issues.push(format!("[body.{name}] {what}"));
    }
}

/// The name of a value's type in messages.
fn kind(value: Option<&Value>) -> &'static str {
    match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    }
}

/// Whether JavaScript takes the value for true, which the contract's "not given" rests on.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}
