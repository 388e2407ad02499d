//! `gateway user ban` and `unban`

use std::process::ExitCode;

use anyhow::anyhow;
use clap::Args;

use super::{
    find_user,
    view::{self, address},
};
use crate::{
    app::audit::What,
    cli::{
        Outcome, Settings,
        database::{Database, MissingFile, on_database},
        output::print,
    },
    config::Period,
    store::User,
};

/// Longest ban with an end; a longer one is one for good.
const LONGEST: Period = Period::days(3650);

#[derive(Args)]
pub(in crate::cli) struct Ban {
    /// Address or id.
    user: String,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// For how long, such as 12h or 7d; without it for good.
    #[arg(long = "for", value_parser = length, value_name = "PERIOD")]
    period: Option<Period>,
}

impl Ban {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let Database { store, clock, .. } = database;
            let (user, now) = (find_user(store, &self.user).await?, clock.now());
            let until = self.period.map(|period| now + period.delta());
            let banned = store.ban(&user.id, self.reason.as_deref(), until).await?;
            let banned = banned.ok_or_else(|| gone(&user))?;
            let period = self.period.map(|period| period.to_string());
            let act = database.act(What::UserBan).about(&user.id).with("for", period);
            database.note(act.with("reason", self.reason.as_deref())).await;
            print(&format!("{} is banned {}; all sessions have ended", address(&user), view::ban(&banned, now)))?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

#[derive(Args)]
pub(in crate::cli) struct Unban {
    /// Address or id.
    user: String,
}

impl Unban {
    pub(super) fn run(&self, settings: &Settings) -> Outcome {
        on_database(settings, MissingFile::Refuse, async |database: &Database| {
            let user = find_user(&database.store, &self.user).await?;
            database.store.unban(&user.id).await?.ok_or_else(|| gone(&user))?;
            database.note(database.act(What::UserUnban).about(&user.id)).await;
            let was = if user.banned == Some(true) { "is no longer banned" } else { "was not banned" };
            print(&format!("{} {was}", address(&user)))?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn gone(user: &User) -> anyhow::Error {
    anyhow!("{} was deleted in the meantime", address(user))
}

/// Reads how long a ban is.
pub(in crate::cli) fn length(text: &str) -> Result<Period, String> {
    let period: Period = text.parse()?;
    match period {
        Period(length) if length.is_zero() => Err("a ban has a length; leave --for out for a ban for good".to_owned()),
        period if period > LONGEST => Err(format!("at most {LONGEST}; leave --for out for a ban for good")),
        period => Ok(period),
    }
}
