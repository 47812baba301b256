/**
 * Tables of the schema `coupling`. Nobody but their owner may write them: roles read, and write through the functions
 * of `functions.ts`. JSON is kept as `json`, not `jsonb`, so that text comes back as it went in.
 */
export const TABLES = `
create schema if not exists coupling;

-- One row: what is in force, what is prepared, who leads. Its row lock serialises every control write.
create table if not exists coupling.control (
  id             integer primary key check (id = 1),
  last_epoch     integer not null default 0,
  committed      integer not null default 0,
  prepared       integer,
  live           integer[] not null default '{}',
  leader_holder  text,
  leader_token   integer not null default 0,
  leader_expires timestamptz
);
insert into coupling.control (id) values (1) on conflict do nothing;

-- {"epoch", "modules"}: the epoch in force, while it is on trial.
alter table coupling.control add column if not exists trial json;

-- One row: rises with every hint to everybody, in the transaction that gives it, whose last lock its row is.
create table if not exists coupling.news (
  id      integer primary key check (id = 1),
  version integer not null default 0
);
insert into coupling.news (id) values (1) on conflict do nothing;

create table if not exists coupling.layouts (
  epoch      integer primary key,
  layout     json not null,
  created_at timestamptz not null default clock_timestamp()
);

-- Renewed twice a second: room on each page keeps those updates in place (HOT).
create table if not exists coupling.leases (
  instance   text not null,
  nonce      text not null,
  lease      json not null,
  acked      integer[] not null,
  health     text not null,
  marks      text not null,
  renewed_at timestamptz not null,
  primary key (instance, nonce)
) with (fillfactor = 40, autovacuum_vacuum_threshold = 200);

-- Counts of the epoch on trial. Written up to ten times a second and told again by every host: a crash of the server may
-- lose them, so they cost no flush of the log.
create unlogged table if not exists coupling.tallies (
  epoch    integer not null,
  instance text not null,
  nonce    text not null,
  tally    json not null,
  primary key (epoch, instance, nonce)
) with (fillfactor = 40, autovacuum_vacuum_threshold = 200);

create table if not exists coupling.refused_nonces (
  instance   text not null,
  nonce      text not null,
  refused_at timestamptz not null default clock_timestamp(),
  primary key (instance, nonce)
);

create table if not exists coupling.exits (
  instance text not null,
  nonce    text not null,
  cause    text not null,
  at       timestamptz not null default clock_timestamp(),
  primary key (instance, nonce)
);
create index if not exists exits_at on coupling.exits (at);

create table if not exists coupling.hosts (
  instance   text not null,
  nonce      text not null,
  host       json not null,
  purpose    text not null,
  created_at double precision not null,
  primary key (instance, nonce)
);
-- Who wrote the row, and the number of that write among the leader's own.
alter table coupling.hosts add column if not exists token integer not null default 0;
alter table coupling.hosts add column if not exists write integer not null default 0;

create table if not exists coupling.switches (
  ordinal    integer generated always as identity,
  id         text primary key,
  version    integer not null,
  state      json not null,
  open       boolean not null,
  created_at timestamptz not null default clock_timestamp()
);
create index if not exists switches_open on coupling.switches (ordinal) where open;

-- One row, once there is anything to say: what others than operators may do, and what they have asked for.
create table if not exists coupling.autonomy (
  id      integer primary key check (id = 1),
  version integer not null,
  state   json not null
);

create table if not exists coupling.locks (
  name       text primary key,
  holder     text not null,
  token      integer not null,
  expires_at timestamptz not null
);

create table if not exists coupling.dead_letters (
  id        bigint generated always as identity primary key,
  module    text not null,
  operation text not null,
  root_id   text not null,
  key       text,
  input     json not null,
  at        timestamptz not null default clock_timestamp()
);

create table if not exists coupling.audit_log (
  seq       integer primary key,
  at        bigint not null,
  body      json not null,
  prev_hash text not null,
  hash      text not null
);

-- One row: the end of the chain. Its row lock serialises appends.
create table if not exists coupling.audit_head (
  id   integer primary key check (id = 1),
  seq  integer not null,
  hash text not null
);
insert into coupling.audit_head (id, seq, hash) values (1, 0, repeat('0', 64)) on conflict do nothing;

-- S1, S6: not even the owner changes history by accident.
create or replace function coupling.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'coupling.% is append-only', tg_table_name using errcode = 'insufficient_privilege';
end $$;

create or replace trigger audit_log_is_append_only before update or delete or truncate on coupling.audit_log
  for each statement execute function coupling.refuse_change();
create or replace trigger layouts_are_immutable before update or delete or truncate on coupling.layouts
  for each statement execute function coupling.refuse_change();
`;
