//! Passwords that stand with the users: a table of accounts beside them, and triggers that keep the two in step. Pure.
//!
//! Both are ordinary tables with ordinary locks, so every statement of ours means what it says, and whoever sets a
//! password by either of them has set it in both within the same transaction.

use super::{
    catalog::SCHEMA,
    layout::Base,
    plan::{at, quoted},
};

/// Trigger on the users' table.
pub(super) const ON_USER: &str = "gateway_password_of_user";
/// Trigger on the table of accounts.
pub(super) const ON_ACCOUNT: &str = "gateway_password_of_account";

/// The table of verifications as Better Auth has it.
pub(super) const VERIFICATION: &str = r#"create table gateway_adopted."verification" (
    "id" text not null primary key,
    "identifier" text not null,
    "value" text not null,
    "expiresAt" timestamptz not null,
    "createdAt" timestamptz default CURRENT_TIMESTAMP not null,
    "updatedAt" timestamptz default CURRENT_TIMESTAMP not null
);
create index "verification_identifier_idx" on gateway_adopted."verification" ("identifier")"#;

/// The table of accounts as Better Auth has it.
pub(super) fn account(schema: &str, user: &Base) -> String {
    format!(
        r#"create table {SCHEMA}."account" (
    "id" text not null primary key,
    "accountId" text not null,
    "providerId" text not null,
    "userId" text not null references {} ({}) on delete cascade,
    "accessToken" text,
    "refreshToken" text,
    "idToken" text,
    "accessTokenExpiresAt" timestamptz,
    "refreshTokenExpiresAt" timestamptz,
    "scope" text,
    "password" text,
    "createdAt" timestamptz default CURRENT_TIMESTAMP not null,
    "updatedAt" timestamptz not null
);
create index "account_userId_idx" on {SCHEMA}."account" ("userId")"#,
        at(schema, &user.name),
        quoted(id_of(user))
    )
}

/// The column that holds the user's id as text.
fn id_of(user: &Base) -> &str {
    user.columns.get("id").map_or("id", String::as_str)
}

/// The triggers, and the accounts of the passwords that are there already. The functions have their owner's rights,
/// because the other server has none on our schema; a trigger's function can't be called by hand.
pub(super) fn in_step(schema: &str, user: &Base, password: &str) -> String {
    let (place, password) = (at(schema, &user.name), quoted(password));
    let id = quoted(id_of(user));
    let none = if user.fills.values().any(|value| value == "''") { "''" } else { "null" };
    format!(
        r#"create or replace function {SCHEMA}.{ON_USER}() returns trigger
language plpgsql security definer set search_path = pg_catalog as $body$
begin
    if coalesce(new.{password}, '') = '' then
        delete from {SCHEMA}."account" where "userId" = new.{id} and "providerId" = 'credential';
    else
        update {SCHEMA}."account" set "password" = new.{password}, "updatedAt" = now()
        where "userId" = new.{id} and "providerId" = 'credential' and "password" is distinct from new.{password};
        insert into {SCHEMA}."account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
        select new.{id}, new.{id}, 'credential', new.{id}, new.{password}, now(), now()
        where not exists (select from {SCHEMA}."account" where "userId" = new.{id} and "providerId" = 'credential')
        on conflict ("id") do update set "password" = excluded."password", "updatedAt" = excluded."updatedAt";
    end if;
    return null;
end $body$;
create or replace function {SCHEMA}.{ON_ACCOUNT}() returns trigger
language plpgsql security definer set search_path = pg_catalog as $body$
begin
    if tg_op = 'DELETE' then
        update {place} set {password} = {none}
        where {id} = old."userId" and old."providerId" = 'credential' and {password} is not distinct from old."password";
    elsif new."providerId" = 'credential' then
        update {place} set {password} = coalesce(new."password", {none})
        where {id} = new."userId" and {password} is distinct from coalesce(new."password", {none});
    end if;
    return null;
end $body$;
drop trigger if exists {ON_USER} on {place};
create trigger {ON_USER} after insert or update of {password} on {place}
    for each row execute function {SCHEMA}.{ON_USER}();
drop trigger if exists {ON_ACCOUNT} on {SCHEMA}."account";
update {SCHEMA}."account" a set "password" = u.{password} from {place} u
where a."userId" = u.{id} and a."providerId" = 'credential' and a."password" is distinct from u.{password};
insert into {SCHEMA}."account" ("id", "accountId", "providerId", "userId", "password", "createdAt", "updatedAt")
select u.{id}, u.{id}, 'credential', u.{id}, {password}, now(), now() from {place} u
where coalesce({password}, '') <> ''
    and not exists (select from {SCHEMA}."account" where "userId" = u.{id} and "providerId" = 'credential');
create trigger {ON_ACCOUNT} after insert or update or delete on {SCHEMA}."account"
    for each row execute function {SCHEMA}.{ON_ACCOUNT}()"#
    )
}
