-- As Alembic makes them: no defaults in the database, names of indexes by SQLAlchemy.
create table users (
    id varchar not null primary key,
    email varchar not null,
    email_verified boolean,
    password varchar,
    name varchar,
    image varchar,
    created_at timestamp without time zone,
    updated_at timestamp without time zone
);
create unique index ix_users_email on users (email);
create table user_sessions (
    id varchar not null primary key,
    user_id varchar references users (id) on delete cascade,
    token varchar not null unique,
    expires_at timestamp without time zone not null,
    ip_address text,
    user_agent varchar,
    created_at timestamp without time zone,
    updated_at timestamp without time zone
);
-- What the API itself keeps beside.
create table todos (id serial primary key, user_id varchar references users (id) on delete cascade, title text);
