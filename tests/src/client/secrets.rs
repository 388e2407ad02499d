//! What a test has used that no log may ever hold.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// Texts no log may hold: passwords, session tokens, signatures. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets {
    kept: Arc<Mutex<BTreeSet<String>>>,
}

impl Secrets {
    /// Remembers one. Very short ones would be found by chance and are left out.
    pub fn keep(&self, secret: &str) {
        if secret.len() >= 8 {
            self.kept.lock().expect("nobody panics with it").insert(secret.to_owned());
        }
    }

    /// Remembers the token and the signature of a cookie; one that scripts may read holds no secret.
    pub fn keep_cookie(&self, line: &str) {
        if !line.contains("HttpOnly") {
            return;
        }
        let pair = line.split(';').next().unwrap_or_default();
        let value = pair.split_once('=').map_or("", |(_, value)| value);
        value.split('.').for_each(|part| self.keep(part));
    }

    /// Remembers the passwords of a request body.
    pub fn keep_passwords(&self, body: &Value) {
        let Some(fields) = body.as_object() else { return };
        for (name, value) in fields {
            if name.to_lowercase().contains("password") {
                self.keep(value.as_str().unwrap_or_default());
            }
        }
    }

    /// A secret that stands in this text.
    pub fn found_in(&self, text: &str) -> Option<String> {
        self.kept.lock().expect("nobody panics with it").iter().find(|secret| text.contains(*secret)).cloned()
    }
}
