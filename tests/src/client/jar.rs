//! A browser's cookies, with their exact bytes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// The cookies of one browser for one host. A clone is a copy.
#[derive(Debug, Default)]
pub struct Jar {
    cookies: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Clone for Jar {
    fn clone(&self) -> Self {
        Self { cookies: Arc::new(Mutex::new(self.cookies().clone())) }
    }
}

/// One `Set-Cookie` line, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetCookie {
    /// Its name.
    pub name: String,
    /// Its value as on the wire.
    pub value: String,
    /// What follows, in order, e.g. `Max-Age=0`.
    pub attributes: Vec<String>,
}

impl SetCookie {
    /// Takes a line apart.
    pub fn parse(line: &str) -> Self {
        let mut parts = line.split("; ");
        let (name, value) = parts.next().and_then(|pair| pair.split_once('=')).unwrap_or((line, ""));
        Self { name: name.into(), value: value.into(), attributes: parts.map(str::to_owned).collect() }
    }

    /// Whether it takes the cookie away.
    pub fn clears(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute == "Max-Age=0")
    }
}

impl Jar {
    /// The same jar under another name: what one keeps the other has.
    pub(super) fn share(&self) -> Self {
        Self { cookies: Arc::clone(&self.cookies) }
    }

    /// Does what a `Set-Cookie` line says.
    pub fn keep(&self, line: &str) {
        let cookie = SetCookie::parse(line);
        if cookie.clears() {
            self.cookies().remove(&cookie.name);
        } else {
            self.cookies().insert(cookie.name, cookie.value);
        }
    }

    /// Puts a cookie in by hand.
    pub fn put(&self, name: &str, value: &str) {
        self.cookies().insert(name.into(), value.into());
    }

    /// Forgets all cookies, as a closed private window does.
    pub fn clear(&self) {
        self.cookies().clear();
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cookies().is_empty()
    }

    /// Name and value of the cookie whose name ends like this.
    pub fn ending(&self, end: &str) -> Option<(String, String)> {
        self.cookies().iter().find(|(name, _)| name.ends_with(end)).map(|(name, value)| (name.clone(), value.clone()))
    }

    /// The `Cookie` header.
    pub fn header(&self) -> String {
        let pairs: Vec<_> = self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn cookies(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.cookies.lock().expect("nobody panics with it")
    }
}
