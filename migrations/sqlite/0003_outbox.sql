-- Mails on their way out, the gateway's own table. A row goes when its mail is delivered. One that is given up loses its
-- letter, which may hold a link, and its due time, and stays for some days to tell why.
create table if not exists gateway_outbox (
    id text not null primary key,
    kind text not null,
    recipient text not null,
    letter text,
    attempts integer not null default 0,
    created_at date not null,
    due_at date,
    expires_at date not null,
    last_error text
);

create index if not exists gateway_outbox_due_idx on gateway_outbox (due_at);
