-- How often clients asked, as Better Auth counts with `rateLimit.storage = "database"`: its table, which it makes only
-- then. Older versions of it allowed a key twice. Counts live for seconds: of two the one that is older may go.
create table if not exists "rateLimit" (
    id text not null primary key,
    key text not null unique,
    count integer not null,
    "lastRequest" bigint not null
);

delete from "rateLimit" where key is null or id not in (select min(id) from "rateLimit" group by key);

create unique index if not exists "rateLimit_key_uidx" on "rateLimit" (key);
