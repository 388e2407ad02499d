-- The keys that sign tokens for services: Better Auth's table, which it makes with its jwt plugin. Older versions of it
-- know neither the end of a key nor its algorithm; those columns are added where they lack.
create table if not exists "jwks" (
    id text not null primary key,
    "publicKey" text not null,
    "privateKey" text not null,
    "createdAt" date not null,
    "expiresAt" date,
    alg text,
    crv text
);
