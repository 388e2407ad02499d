//! Request bodies: which media types are taken, and JSON read strictly.
//!
//! Stricter than `serde_json` alone: a key that appears twice, a NUL character and deep nesting are refused, so that
//! no two readers can understand a body differently. Knows nothing of the fields a flow expects.

use std::fmt;

use axum::body::Bytes;
use http::{HeaderMap, header, request::Parts};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use super::error::{Error, Result};

#[cfg(test)]
mod tests;

/// Largest body that the auth API and the pages read.
pub(crate) const MOST_BYTES: usize = 1 << 20;

/// How deep arrays and objects may lie in each other.
const MOST_DEPTH: usize = 32;

/// The most of a media type that is repeated in an answer.
const MOST_ECHOED: usize = 200;

pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The bytes of a body, read before the handler runs.
#[derive(Debug, Clone)]
pub(crate) struct Read(pub(crate) Bytes);

/// The media types an endpoint takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// JSON only.
    Json,
    /// JSON, or a form as browsers post it.
    JsonOrForm,
    /// A form only: the pages.
    Form,
}

impl Media {
    fn allowed(self) -> &'static str {
        match self {
            Self::Json => JSON,
            Self::JsonOrForm => "application/x-www-form-urlencoded, application/json",
            Self::Form => FORM,
        }
    }
}

/// The body as a value; `None` when there is none, or when nothing says what it is.
pub(crate) fn parse(parts: &Parts, media: Media) -> Result<Option<Value>> {
    let bytes = parts.extensions.get::<Read>().map(|read| read.0.clone()).unwrap_or_default();
    if bytes.is_empty() {
        return Ok(None);
    }
    refuse_encoding(&parts.headers)?;
    let Some(content_type) = parts.headers.get(header::CONTENT_TYPE) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(content_type.as_bytes());
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match (essence.as_str(), media) {
        (JSON, Media::Json | Media::JsonOrForm) => json(&bytes).map(Some),
        (FORM, Media::Form | Media::JsonOrForm) => form(&bytes).map(Some),
        _ => {
            let shown: String = text.chars().take(MOST_ECHOED).collect();
            Err(Error::media_type(format!(
                "Content-Type \"{shown}\" is not allowed. Allowed types: {}",
                media.allowed()
            )))
        }
    }
}

/// A compressed body could be of any size once it is unpacked.
fn refuse_encoding(headers: &HeaderMap) -> Result<()> {
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    if encodings.iter().all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(Error::media_type("Content-Encoding is not allowed".to_owned()))
}

fn json(bytes: &[u8]) -> Result<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: MOST_DEPTH }.deserialize(&mut deserializer);
    value
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|_| Error::unreadable("Invalid JSON in request body"))
}

fn form(bytes: &[u8]) -> Result<Value> {
    let mut fields = Map::new();
    for (key, value) in url::form_urlencoded::parse(bytes) {
        if key.contains('\0') || value.contains('\0') {
            return Err(Error::unreadable("Invalid form in request body"));
        }
        if fields.insert(key.into_owned(), Value::String(value.into_owned())).is_some() {
            return Err(Error::unreadable("Repeated field in request body"));
        }
    }
    Ok(Value::Object(fields))
}

/// Reads one JSON value; `depth` more levels are allowed.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inside<E: serde::de::Error>(self) -> std::result::Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> std::result::Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> std::result::Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> std::result::Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> std::result::Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Value, E> {
        if text.contains('\0') { Err(E::custom("NUL in text")) } else { Ok(text.into()) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(Key(key)) = members.next_key()? {
            let value = members.next_value_seed(inside)?;
            if object.insert(key, value).is_some() {
                return Err(A::Error::custom("a key appears twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        if key.contains('\0') { Err(D::Error::custom("NUL in a key")) } else { Ok(Self(key)) }
    }
}
