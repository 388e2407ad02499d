//! Reading the fields of a body or a query one by one, with the words in which the contract complains about them.
//!
//! Every field that is wrong is reported, not only the first. Keys that nobody asks for are dropped.

mod collections;
mod loose;

use http::request::Parts;
use serde_json::{Map, Value, json, map::Entry};

pub(crate) use loose::text_of;

use super::{
    email,
    error::{Error, Result},
};
use crate::app::App;

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

    /// What is looked at before the fields are, once the origin was checked.
    fn before(_: &App, _: &mut Parts, _: Option<&Value>) -> impl Future<Output = Result<()>> + Send {
        async { Ok(()) }
    }
}

/// Whether a body must be there, and how its absence is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// An object.
    Required,
    /// An object that may carry more fields than are named, which is checked twice and so told twice.
    RequiredOpen,
    /// An object of whatever fields, which is called a record.
    Record,
    /// An object that beside its fields has one of several forms, which is checked apart and so told apart.
    RequiredOneOf,
    /// An object of one of several forms. What is none of them is told without saying why.
    OneOf,
    /// An object or nothing.
    Optional,
    /// Whatever it is, it is not looked at.
    Ignored,
}

/// The fields of a body or a query and what is wrong with them so far.
pub(crate) struct Fields<'b> {
    /// Where they stand: `body`, `query`, or a field that is an object, such as `body.idToken`.
    place: String,
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
    read_at("body", object)
}

/// Reads a query as `F` wants it. A parameter that is repeated is a list, as in the contract.
pub(crate) fn read_query<F: Form>(query: Option<&str>) -> Result<F> {
    let mut object = Map::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if name.contains('\0') || value.contains('\0') {
            return Err(Error::unreadable("Invalid query"));
        }
        let value = Value::String(value.into_owned());
        match object.entry(name) {
            Entry::Vacant(vacant) => drop(vacant.insert(value)),
            Entry::Occupied(mut others) => match others.get_mut() {
                Value::Array(list) => list.push(value),
                one => *one = Value::Array(vec![one.take(), value]),
            },
        }
    }
    read_at("query", &object)
}

/// Reads an object that stands at this place of a body as `F` wants it.
pub(crate) fn read_at<F: Form>(place: &str, object: &Map<String, Value>) -> Result<F> {
    let mut fields = Fields { place: place.to_owned(), object, issues: Vec::new(), asked: None };
    let form = F::read(&mut fields);
    if fields.issues.is_empty() { Ok(form) } else { Err(Error::validation(fields.issues.join("; "))) }
}

/// What `F` asks for, learned by letting it read nothing.
pub(crate) fn asked_by<F: Form>() -> Vec<Property> {
    let nothing = Map::new();
    let (place, issues) = (String::new(), Vec::new());
    let mut fields = Fields { place, object: &nothing, issues, asked: Some(Vec::new()) };
    F::read(&mut fields);
    fields.asked.unwrap_or_default()
}

/// The JSON Schema of a body as `F` wants it.
pub(crate) fn schema<F: Form>() -> Value {
    schema_of(&asked_by::<F>())
}

fn schema_of(asked: &[Property]) -> Value {
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
    Error::validation(match presence {
        Presence::OneOf => "[body] Invalid input".to_owned(),
        Presence::RequiredOneOf => {
            format!("[body] Invalid input: expected object, received {received}; [body] Invalid input")
        }
        Presence::Record => format!("[body] Invalid input: expected record, received {received}"),
        Presence::RequiredOpen => format!(
            "[body] Invalid input: expected object, received {received}; \
             [body] Invalid input: expected record, received {received}"
        ),
        _ => format!("[body] Invalid input: expected object, received {received}"),
    })
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
        // The contract measures whatever has a length.
        if value.is_some_and(|value| value.as_array().is_some_and(Vec::is_empty)) {
            self.complain(name, "Too small: expected array to have >=1 items");
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

    /// A text that may be left out, or be `null` to take away what is there.
    pub(crate) fn nullable_text(&mut self, name: &str) -> Option<Option<String>> {
        if self.object.get(name) == Some(&Value::Null) {
            return Some(None);
        }
        let text = self.optional_text(name);
        let asked = self.asked.iter_mut().flatten().find(|property| property.name == name);
        if let Some(property) = asked {
            property.schema["type"] = json!(["string", "null"]);
        }
        text.map(Some)
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

    /// The value of a field, whatever it is, for forms with rules of their own.
    pub(crate) fn value(&self, name: &str) -> Option<&'b Value> {
        self.object.get(name)
    }

    /// The names of the fields that are there.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'b str> {
        self.object.keys().map(String::as_str)
    }

    /// Says what is wrong with all of it.
    pub(crate) fn complain_of_all(&mut self, what: &str) {
        self.issues.push(format!("[{}] {what}", self.place));
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

    /// Tells of a field for the document; the readers of this type do so themselves.
    pub(crate) fn note(&mut self, name: &str, required: bool, schema: impl FnOnce() -> Value) {
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

    /// Says what is wrong with a field.
    pub(crate) fn complain(&mut self, name: &str, what: &str) {
        self.issues.push(format!("[{}.{name}] {what}", self.place));
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
