//! `gateway user create`: for the first admin, before or after the first start.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::Args;

use super::{
    password::{PasswordSource, hash},
    role::{note_unknown, roles},
    view::{UserView, address},
};
use crate::{
    app::audit::What,
    auth::email,
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::{note, print, print_json},
    },
    config::Secret,
    crypto::token,
    store::{NewCredential, NewUser, StoreError, User},
};

/// Most characters of a name, as at sign-up.
const MOST_NAME: usize = 256;

#[derive(Args)]
pub(in crate::cli) struct Create {
    /// E-mail address.
    #[arg(value_parser = canonical)]
    email: String,
    /// Name; by default the address up to the @.
    #[arg(long, value_parser = name)]
    name: Option<String>,
    /// One or several, a,b; by default admin.default_role.
    #[arg(long, value_parser = roles)]
    role: Option<String>,
    /// Take the address for proved.
    #[arg(long)]
    verified: bool,
    #[command(flatten)]
    password: PasswordSource,
    /// Show the new user as JSON.
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Make, async |database: &Database| {
            // The database itself rules out a second one; this only spares typing a password in vain.
            if database.store.user_by_email(&self.email).await?.is_some() {
                return Err(self.taken());
            }
            let password = self.password.read(&database.config)?;
            let user = self.make(database, password).await?;
            let act = database.act(What::UserCreate).about(&user.id);
            database.note(act.with("role", user.role.as_deref())).await;
            self.notes(database, &user);
            if self.json {
                print_json(&UserView::from(&user))?;
            } else {
                let role = user.role.as_deref().map(|role| format!(", role {role}")).unwrap_or_default();
                print(&format!("made {} (id {}{role})", address(&user), user.id))?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }

    async fn make(&self, database: &Database, password: Secret) -> anyhow::Result<User> {
        let admin = &database.config.admin;
        let default_role = || admin.enabled.then(|| admin.default_role.clone());
        let new = NewUser {
            id: token::id().into(),
            name: self.name.clone().unwrap_or_else(|| local_part(&self.email).to_owned()),
            email: self.email.clone(),
            email_verified: self.verified,
            role: self.role.clone().or_else(default_role),
            credential: Some(NewCredential { id: token::id(), hash: hash(&database.config, password).await? }),
            is_anonymous: database.config.anonymous.enabled.then_some(false),
            ..NewUser::default()
        };
        match database.store.create_user(&new, None).await {
            Ok((user, _)) => Ok(user),
            Err(error) if error.is_taken_email() => Err(self.taken()),
            Err(StoreError::Unique(constraint)) => bail!("the user could not be made: {constraint} is taken"),
            Err(error) => Err(error.into()),
        }
    }

    fn taken(&self) -> anyhow::Error {
        anyhow!("there is a user with the address \"{}\" already; see `gateway user show {0}`", self.email)
    }

    fn notes(&self, database: &Database, user: &User) {
        let rules = &database.config.email_password;
        if !rules.enabled {
            note("note: nobody can sign in by password (email_password.enabled)");
        } else if rules.require_verification && !user.email_verified {
            note("note: email_password.require_verification keeps this user out until the address is verified");
        }
        if let Some(role) = &self.role {
            note_unknown(&database.config, role);
        }
    }
}

/// The address as it is stored.
pub(in crate::cli) fn canonical(text: &str) -> Result<String, String> {
    email::canonical(text).ok_or_else(|| "this is no e-mail address; write one such as ada@example.com".to_owned())
}

fn name(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > MOST_NAME || name.chars().any(char::is_control) {
        return Err(format!("a name has 1 to {MOST_NAME} characters, all of them visible"));
    }
    Ok(name.to_owned())
}

fn local_part(email: &str) -> &str {
    email.split_once('@').map_or(email, |(local, _)| local)
}
