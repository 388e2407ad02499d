-- The keys that sign tokens for services: Better Auth's table, which it makes with its jwt plugin. Columns that older
-- versions of it don't know are added where they lack. Beside adopted tables the one of the other program is used if it
-- is as Better Auth 1.7 has it; otherwise the keys are our own.
do $$
declare
    fitting integer;
begin
    select count(*) into fitting from pg_catalog.pg_attribute
    where attrelid = to_regclass('jwks') and not attisdropped
        and (attname in ('publicKey', 'crv') or attname = 'id' and atttypid in ('text'::regtype, 'varchar'::regtype));
    if fitting < 3 then
        create table if not exists "jwks" (
            id text not null primary key,
            "publicKey" text not null,
            "privateKey" text not null,
            "createdAt" timestamptz not null,
            "expiresAt" timestamptz,
            alg text,
            crv text
        );
    end if;
end $$;
