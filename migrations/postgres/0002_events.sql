-- Tells every gateway of each change to a session or user, whoever made it: another gateway, the Node server, psql.
--
-- * Statement-level triggers with transition tables: one call per statement, also for the deletes that a foreign key
--   cascades. Transition tables allow one event per trigger, hence separate ones for delete and update.
-- * The payload holds ids, never tokens. More than 100 rows in one statement, or an id too long for a payload (8,000
--   bytes; beyond them the *writer's* statement would fail), become 'everything': forget all you know.
-- * Rows are compared as text: a column of type json, which some plugin may add, has no equality operator.
-- * The functions run as whoever writes. Nobody needs a right on them for that: execution is checked when a trigger is
--   made, not when it fires. The fixed search_path keeps the writer's own objects out of their bodies.
-- * This file is run again when a trigger is found missing, so it has to stay repeatable.

create or replace function gateway_rows_deleted() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
    if (select count(*) from (select from gone limit 101) as few) > 100 then
        perform pg_notify('gateway_events', 'everything');
    else
        perform pg_notify('gateway_events',
                          case when length(gone.id::text) > 200 then 'everything' else tg_argv[0] || ':' || gone.id end)
        from gone;
    end if;
    return null;
end $$;

create or replace function gateway_rows_updated() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
    if (select count(*) from (select from stale limit 101) as few) > 100 then
        perform pg_notify('gateway_events', 'everything');
        return null;
    end if;
    perform pg_notify('gateway_events',
                      case when length(stale.id::text) > 200 then 'everything'
                           when fresh.id is null then tg_argv[1] || ':' || stale.id
                           else tg_argv[0] || ':' || stale.id end)
    from stale left join fresh on fresh.id = stale.id
    where stale::text is distinct from fresh::text;
    return null;
end $$;

create or replace function gateway_rows_truncated() returns trigger
language plpgsql set search_path = pg_catalog as $$
begin
    perform pg_notify('gateway_events', 'everything');
    return null;
end $$;

drop trigger if exists gateway_session_deleted on "session";
create trigger gateway_session_deleted after delete on "session"
    referencing old table as gone
    for each statement execute function gateway_rows_deleted('session-gone');

drop trigger if exists gateway_session_updated on "session";
create trigger gateway_session_updated after update on "session"
    referencing old table as stale new table as fresh
    for each statement execute function gateway_rows_updated('session', 'session-gone');

drop trigger if exists gateway_session_truncated on "session";
create trigger gateway_session_truncated after truncate on "session"
    for each statement execute function gateway_rows_truncated();

drop trigger if exists gateway_user_deleted on "user";
create trigger gateway_user_deleted after delete on "user"
    referencing old table as gone
    for each statement execute function gateway_rows_deleted('user');

drop trigger if exists gateway_user_updated on "user";
create trigger gateway_user_updated after update on "user"
    referencing old table as stale new table as fresh
    for each statement execute function gateway_rows_updated('user', 'user');

drop trigger if exists gateway_user_truncated on "user";
create trigger gateway_user_truncated after truncate on "user"
    for each statement execute function gateway_rows_truncated();
