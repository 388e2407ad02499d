-- Who did what to whom, when and from where: the gateway's own table. Rows are added and never changed. They go when
-- they are older than audit.retention says: who deletes them writes down, in the same transaction, how old they have to
-- be. The triggers keep slips and other programs out; who owns the file can take them away.
create table if not exists gateway_audit (
    id integer primary key,
    at date not null,
    what text not null,
    outcome text not null,
    actor text not null,
    actor_id text,
    subject_id text,
    session_id text,
    ip_address text,
    user_agent text,
    details text
);

create index if not exists gateway_audit_at_idx on gateway_audit (at);
create index if not exists gateway_audit_actor_idx on gateway_audit (actor_id);
create index if not exists gateway_audit_subject_idx on gateway_audit (subject_id);

create table if not exists gateway_audit_retention (
    before date not null
);

create trigger if not exists gateway_audit_stays before update on gateway_audit
begin
    select raise(abort, 'the audit log is append-only');
end;

create trigger if not exists gateway_audit_stays_whole before delete on gateway_audit
when not exists (select 1 from gateway_audit_retention where before > old.at)
begin
    select raise(abort, 'the audit log is append-only');
end;

-- "insert or replace" would delete without asking the trigger above.
create trigger if not exists gateway_audit_stays_in_place before insert on gateway_audit
when exists (select 1 from gateway_audit where id = new.id)
begin
    select raise(abort, 'the audit log is append-only');
end;
