-- Signing in with others: the gateway's own tables, beside Better Auth's.

-- One row for each account at a provider that somebody came with. It holds nothing but the place where those wait for each
-- other who bring the same account at the same time, so that it becomes that of one user.
create table if not exists gateway_provider_account (
    provider_id text not null,
    account_id text not null,
    touched integer not null,
    primary key (provider_id, account_id)
);

-- Who is renewing the tokens of an account just now, and until when nobody else does: a refresh token may be good for
-- one use only. Times are in milliseconds.
create table if not exists gateway_provider_lease (
    account_row text not null primary key,
    holder text not null,
    until integer not null
);

-- Which sessions began by which sign-in at an OpenID provider, so that it can end them.
create table if not exists gateway_provider_session (
    session_id text not null primary key,
    provider_id text not null,
    subject text not null,
    sid text
);

create index if not exists gateway_provider_session_subject_idx on gateway_provider_session (provider_id, subject);
create index if not exists gateway_provider_session_sid_idx on gateway_provider_session (provider_id, sid);

-- Logout tokens that were used, until they are no longer good anyway.
create table if not exists gateway_logout_token (
    provider_id text not null,
    token_id text not null,
    until integer not null,
    primary key (provider_id, token_id)
);
