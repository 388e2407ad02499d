//! Codes that people type: values short enough to be guessed, which therefore bear few guesses.
//!
//! A code is kept as `<code>:<wrong guesses>`, in whatever form the flow gives it. Looking at a guess and counting it is one
//! transaction that holds the row: of several guesses at once each counts.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::super::{Result, Store, lease::on_db, row::Columns, time::Time};
use super::{CONSUME, INSERT, NewVerification};

/// Somebody says what they take for the code.
#[derive(Clone, Copy)]
pub struct Guess<'a> {
    /// What the code is kept under.
    pub identifier: &'a str,
    /// How many wrong guesses it bears.
    pub allowed: u32,
    /// What becomes of it when it is guessed right.
    pub after: After,
    /// Whether a stored code is the one that was said.
    pub is_right: &'a (dyn Fn(&str) -> bool + Sync),
}

/// What becomes of a code that was guessed right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It is used up.
    Gone,
    /// It stays for the next step.
    Kept,
}

/// What a guess comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the code.
    Right,
    /// It is not.
    Wrong,
    /// There were too many before it; the code is gone.
    TooMany,
    /// It came too late; the code is gone.
    Expired,
    /// There is no code.
    Unknown,
}

/// A code as stored.
pub(in crate::store) struct Stored {
    id: String,
    value: String,
    expires_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

/// What is to be done in the database after a guess.
pub(in crate::store) enum Step {
    /// Nothing.
    Stay,
    /// The codes are deleted.
    Delete,
    /// The row with this id gets a new value, with one more wrong guess.
    Count(String, String),
}

// Changes nothing; whoever else guesses waits for the end of the transaction and reads what it left.
pub(in crate::store) const HOLD: &str = r#"
    update "verification" set "updatedAt" = "updatedAt" where identifier = $1
    returning id, value, "expiresAt", "createdAt""#;
pub(in crate::store) const COUNT: &str = r#"update "verification" set value = $2, "updatedAt" = $3 where id = $1"#;
pub(in crate::store) const DELETE: &str = r#"delete from "verification" where identifier = $1"#;
const EXTEND: &str = r#"
    update "verification" set "expiresAt" = $3, "updatedAt" = $4 where identifier = $1 and value = $2"#;

/// For the test that prepares every statement on both databases.
#[cfg(test)]
pub(in crate::store) const STATEMENTS: &[&str] = &[HOLD, COUNT, DELETE, EXTEND];

/// Judges a guess within a write and notes it.
macro_rules! guess_code {
    ($db:expr, $guess:expr, $now:expr) => {{
        let guess: crate::store::Guess<'_> = $guess;
        let query = sqlx::query_as(crate::store::verification::code::HOLD).bind(guess.identifier);
        let (verdict, step) = guess.judge(query.fetch_all(&mut *$db).await?, $now);
        match step {
            crate::store::verification::code::Step::Stay => {}
            crate::store::verification::code::Step::Delete => {
                let query = sqlx::query(crate::store::verification::code::DELETE).bind(guess.identifier);
                query.execute(&mut *$db).await?;
            }
            crate::store::verification::code::Step::Count(id, value) => {
                let query = sqlx::query(crate::store::verification::code::COUNT).bind(id).bind(value);
                query.bind(crate::store::time::Time($now)).execute(&mut *$db).await?;
            }
        }
        verdict
    }};
}
pub(in crate::store) use guess_code;

impl<'r, R: Columns> FromRow<'r, R> for Stored {
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        Ok(Self { id: row.at(0)?, value: row.at(1)?, expires_at: row.time(2)?, created_at: row.time(3)? })
    }
}

impl Guess<'_> {
    /// The newest code counts.
    pub(in crate::store) fn judge(&self, rows: Vec<Stored>, now: DateTime<Utc>) -> (Verdict, Step) {
        let Some(newest) = rows.into_iter().max_by_key(|row| row.created_at) else {
            return (Verdict::Unknown, Step::Stay);
        };
        if newest.expires_at < now {
            return (Verdict::Expired, Step::Delete);
        }
        let (code, wrong) = newest.value.rsplit_once(':').unwrap_or((&newest.value, ""));
        let wrong: u32 = wrong.parse().unwrap_or_default();
        if wrong >= self.allowed {
            (Verdict::TooMany, Step::Delete)
        } else if !(self.is_right)(code) {
            let value = format!("{code}:{}", wrong + 1);
            (Verdict::Wrong, Step::Count(newest.id, value))
        } else if self.after == After::Kept {
            (Verdict::Right, Step::Stay)
        } else {
            (Verdict::Right, Step::Delete)
        }
    }
}

impl Store {
    /// Judges a guess at a code.
    pub async fn guess_code(&self, guess: Guess<'_>) -> Result<Verdict> {
        let now = self.now();
        on_db!(write self, |db| Ok(guess_code!(db, guess, now)))
    }

    /// Keeps a value in the place of those that were kept under its identifier.
    pub async fn replace_verification(&self, new: &NewVerification) -> Result<()> {
        let (expires_at, now) = (Time::from(new.expires_at), Time(self.now()));
        let id = self.fitting(&new.id);
        on_db!(write self, |db| {
            sqlx::query(DELETE).bind(&new.identifier).execute(&mut *db).await?;
            let query = sqlx::query(INSERT).bind(&id).bind(&new.identifier).bind(&new.value);
            query.bind(expires_at).bind(now).execute(&mut *db).await.map(drop)
        })
    }

    /// Lets a value be good for longer, provided that it is still the one that was seen.
    pub async fn extend_verification(&self, identifier: &str, value: &str, until: DateTime<Utc>) -> Result<bool> {
        let (until, now) = (Time::from(until), Time(self.now()));
        on_db!(write self, |db| {
            let query = sqlx::query(EXTEND).bind(identifier).bind(value).bind(until).bind(now);
            Ok(query.execute(&mut *db).await?.rows_affected() > 0)
        })
    }

    /// The value, which is gone afterwards, together with all of its kind that are the same: of several who ask at once,
    /// one gets it.
    pub async fn consume_verification_and_siblings(&self, identifier: &str, kind: &str) -> Result<Option<String>> {
        let now = self.now();
        on_db!(write self, |db| {
            let rows = sqlx::query_as(CONSUME).bind(identifier).fetch_all(&mut *db).await?;
            let value = super::newest(rows, now);
            if let Some(value) = &value {
                super::consume_siblings!(db, kind, value.as_str());
            }
            Ok(value)
        })
    }
}
