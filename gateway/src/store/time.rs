//! Times at the border to the database: UTC, cut to milliseconds, and on SQLite Better Auth's ISO text.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Timelike, Utc};
use sqlx::{
    Decode, Encode, Postgres, Sqlite, Type, TypeInfo, ValueRef,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef},
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef},
};

/// A time as it is bound and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(pub(super) DateTime<Utc>);

impl From<DateTime<Utc>> for Time {
    fn from(time: DateTime<Utc>) -> Self {
        Self(cut(time))
    }
}

/// Without what a JavaScript date can't hold: PostgreSQL keeps microseconds, the Node server writes milliseconds.
pub(super) fn cut(time: DateTime<Utc>) -> DateTime<Utc> {
    time.with_nanosecond(time.timestamp_subsec_millis() * 1_000_000).unwrap_or(time)
}

impl Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        <DateTime<Utc> as Type<Postgres>>::type_info()
    }

    /// Without a zone, too: adopted tables may have it so, and then it is UTC, like the session's time zone.
    fn compatible(kind: &PgTypeInfo) -> bool {
        <DateTime<Utc> as Type<Postgres>>::compatible(kind) || <NaiveDateTime as Type<Postgres>>::compatible(kind)
    }
}

impl Encode<'_, Postgres> for Time {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <DateTime<Utc> as Encode<Postgres>>::encode_by_ref(&self.0, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Time {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let zoneless = <NaiveDateTime as Type<Postgres>>::compatible(&value.type_info());
        let time = match zoneless {
            true => <NaiveDateTime as Decode<Postgres>>::decode(value)?.and_utc(),
            false => <DateTime<Utc> as Decode<Postgres>>::decode(value)?,
        };
        Ok(time.into())
    }
}

impl Type<Sqlite> for Time {
    fn type_info() -> SqliteTypeInfo {
        <str as Type<Sqlite>>::type_info()
    }

    /// Any, because SQLite's columns promise nothing; what is no time is found when it is read.
    fn compatible(_: &SqliteTypeInfo) -> bool {
        true
    }
}

impl Encode<'_, Sqlite> for Time {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Sqlite>::encode(self.0.to_rfc3339_opts(SecondsFormat::Millis, true), buffer)
    }
}

impl<'r> Decode<'r, Sqlite> for Time {
    fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
        let kind = value.type_info();
        let time = match kind.name() {
            "INTEGER" => from_number(<i64 as Decode<Sqlite>>::decode(value)?),
            #[expect(clippy::cast_possible_truncation, reason = "the fraction is below a millisecond")]
            "REAL" => from_number(<f64 as Decode<Sqlite>>::decode(value)? as i64),
            _ => from_text(<&str as Decode<Sqlite>>::decode(value)?),
        };
        time.map(Self::from).ok_or_else(|| "the stored value is not a time".into())
    }
}

/// Milliseconds since 1970, as JavaScript writes them; so few that it would be 1973 are taken for seconds.
fn from_number(number: i64) -> Option<DateTime<Utc>> {
    const SECONDS_BELOW: u64 = 100_000_000_000;
    let millis = if number.unsigned_abs() < SECONDS_BELOW { number * 1_000 } else { number };
    DateTime::from_timestamp_millis(millis)
}

/// `2026-11-28T00:49:43.607Z`, with an offset instead of the `Z`, or SQLite's `2026-11-28 00:49:43` (UTC).
fn from_text(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    const SPELLINGS: &[&str] = &["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f%#z"];
    if let Some(time) = SPELLINGS.iter().find_map(|form| DateTime::parse_from_str(text, form).ok()) {
        return Some(time.to_utc());
    }
    let naive = text.strip_suffix('Z').unwrap_or(text);
    const NAIVE: &[&str] = &["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    NAIVE
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(naive, form).ok())
        .map(|time| time.and_utc())
        .or_else(|| text.parse().ok().and_then(from_number))
}
