-- As Prisma makes them, with an address of a type of its own, a role from a list, and columns that must be filled.
create type user_role as enum ('user', 'admin');
create table users (
    id text not null primary key,
    email text not null,
    email_verified boolean not null default false,
    password_hash text not null,
    name text,
    image text not null default '',
    role user_role not null default 'user',
    status text not null default 'active',
    created_at timestamp(3) not null default current_timestamp,
    updated_at timestamp(3) not null
);
create unique index users_email_key on users (email);
create table user_sessions (
    id text not null primary key,
    user_id text not null references users (id) on delete cascade on update cascade,
    token text not null,
    expires_at timestamp(3) not null,
    ip_address inet,
    user_agent text,
    created_at timestamp(3) not null default current_timestamp,
    updated_at timestamp(3) not null
);
create unique index user_sessions_token_key on user_sessions (token);
create table api_key (id text primary key);
create table "twoFactor" (id text primary key, secret text not null, "backupCodes" text not null, "userId" text not null);
