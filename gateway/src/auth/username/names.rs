//! The fields `username` and `displayUsername` of a body, and what is stored of them.

use serde_json::{Value, json};

use crate::{
    app::App,
    auth::{
        error::{self, Error, Result},
        fields::Fields,
    },
    store::UserChange,
};

/// A field that may hold anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Given {
    #[default]
    Nothing,
    Null,
    Text(String),
    /// Something that is no text.
    Odd,
}

/// Both names as they were sent. Without the flow they are not looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    username: Given,
    display: Given,
}

/// Both names as they are stored.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// The name to sign in with.
    pub(crate) username: Option<String>,
    /// The same as its owner wrote it.
    pub(crate) display: Option<String>,
}

impl Given {
    fn of(value: Option<&Value>) -> Self {
        match value {
            None => Self::Nothing,
            Some(Value::Null) => Self::Null,
            Some(Value::String(text)) => Self::Text(text.clone()),
            Some(_) => Self::Odd,
        }
    }

    fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl Names {
    /// Takes them out of a body.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Self {
        for name in ["username", "displayUsername"] {
            fields.note(name, false, || json!({ "type": ["string", "null"] }));
        }
        Self { username: Given::of(fields.value("username")), display: Given::of(fields.value("displayUsername")) }
    }

    /// The same from a body that was not read yet.
    pub(super) fn of(body: Option<&Value>) -> Self {
        let field = |name: &str| Given::of(body.and_then(|body| body.get(name)));
        Self { username: field("username"), display: field("displayUsername") }
    }

    /// A name that was typed into a form of the pages; empty means none.
    pub(crate) fn typed(username: &str) -> Self {
        let username = if username.is_empty() { Given::Nothing } else { Given::Text(username.to_owned()) };
        Self { username, display: Given::Nothing }
    }

    /// The name that a change asks for.
    pub(super) fn username(&self) -> Option<&str> {
        self.username.text()
    }

    /// The name that a new account is to have: a lone name for showing is one if it could be.
    pub(super) fn new_username(&self, app: &App) -> Option<&str> {
        match &self.username {
            Given::Nothing => self.display.text().filter(|display| app.usernames.check(display).is_ok()),
            given => given.text(),
        }
    }

    /// The name for showing.
    pub(super) fn display(&self) -> Option<&str> {
        self.display.text()
    }

    /// What a new account gets.
    pub(crate) fn for_new(&self, app: &App) -> Result<Stored> {
        let rules = &app.config.username;
        if !rules.enabled {
            return Ok(Stored::default());
        }
        if self.username == Given::Odd || self.display == Given::Odd {
            return Err(error::FAILED_TO_CREATE_USER.into());
        }
        let username = self.new_username(app);
        let shown =
            self.display().filter(|display| !display.is_empty()).map(|display| app.usernames.displayed(display));
        let display = shown.or_else(|| username.or(self.display()).map(str::to_owned));
        Ok(Stored {
            username: username.map(|name| app.usernames.stored(name)),
            display: display.filter(|_| rules.display_username),
        })
    }

    /// Adds what is to be changed; gives the names of the fields.
    pub(crate) fn add_to(&self, app: &App, change: &mut UserChange) -> Result<Vec<&'static str>> {
        let rules = &app.config.username;
        if !rules.enabled {
            return Ok(Vec::new());
        }
        let mut fields = Vec::new();
        if let Some(name) = told(&self.username, "username")? {
            change.username = Some(name.map(|name| app.usernames.stored(name)));
            fields.push("username");
        }
        if let Some(name) = told(&self.display, "displayUsername")?.filter(|_| rules.display_username) {
            change.display_username = Some(name.map(|name| app.usernames.displayed(name)));
            fields.push("displayUsername");
        }
        Ok(fields)
    }
}

fn told<'g>(given: &'g Given, field: &str) -> Result<Option<Option<&'g str>>> {
    match given {
        Given::Nothing => Ok(None),
        Given::Null => Ok(Some(None)),
        Given::Text(text) => Ok(Some(Some(text))),
        Given::Odd => Err(Error::validation(format!("[body.{field}] Invalid input: expected string"))),
    }
}
