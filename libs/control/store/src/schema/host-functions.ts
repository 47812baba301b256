import { LEASE_MS, LONGEST_LOCK_MS, OVERDUE_AFTER_MS } from '../store.ts';

/** SQLSTATE with which a function refuses a superseded leader (S5). */
export const STALE_LEADER = 'AT001';
/** Channel of the hints that concern everybody: layouts, endpoints, exits. */
export const CHANNEL = 'coupling';
/** Payload of the hint that another epoch is in force. */
export const IN_FORCE = 'in-force';
/** Channel of the hints that only the switcher waits for: acks, closed and drained epochs. */
export const PROGRESS_CHANNEL = 'coupling_progress';

/** S12: no lock, and no lead, ends later. */
export const LATEST = `(clock_timestamp() + interval '${LONGEST_LOCK_MS} ms')`;

/** Runs with its owner's rights and finds nothing but our own names. */
export const DEFINER = 'language plpgsql security definer set search_path = pg_catalog, pg_temp';

/** S7, as an expression: a function of it would be called for each lease, and nobody reads the state without all leases. */
export const isGone = (instance: string, nonce: string): string => `(
  exists (select from coupling.refused_nonces r where r.instance = ${instance} and r.nonce = ${nonce})
  or exists (select from coupling.exits e where e.instance = ${instance} and e.nonce = ${nonce}))`;

/** S3, of a lease `l`: it is live and keeps an epoch from being committed. */
export const isUnacked = (epoch: string, leaseMs: string): string => `(
  l.health <> 'leaving' and not l.acked @> array[${epoch}]
  and coupling.is_live(l.renewed_at, ${leaseMs}) and not coupling.is_gone(l.instance, l.nonce))`;

/** What every host may call. Names are qualified: `search_path` is empty of our schema. */
export const HOST_FUNCTIONS = `
-- ms since 1970, as a number that JSON and JavaScript share.
create or replace function coupling.ms(t timestamptz) returns double precision language sql immutable as $$
  select floor(extract(epoch from t) * 1000)::double precision
$$;

-- S7
create or replace function coupling.is_gone(p_instance text, p_nonce text) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select ${isGone('p_instance', 'p_nonce')}
$$;

-- S4. While the server itself was away nobody could renew: nobody is judged before it is up for one full lease. (Where its
-- clock was set back to before its start, that says nothing: S12.)
-- Without a search path of its own, which would keep the server from taking it into the statement that calls it.
create or replace function coupling.is_live(p_renewed_at timestamptz, p_lease_ms integer) returns boolean
language sql volatile as $$
  select greatest(p_renewed_at, case when pg_postmaster_start_time() < clock_timestamp() then pg_postmaster_start_time() end)
    > clock_timestamp() - make_interval(secs => p_lease_ms / 1000.0)
$$;

-- The last thing that a transaction does: it holds up everybody else who has news.
create or replace function coupling.tell(p_about text) returns void ${DEFINER} as $$
begin
  update coupling.news set version = version + 1 where id = 1;
  perform pg_notify('${CHANNEL}', p_about);
end $$;

-- A renewal is not flushed to the disk before it is answered: whatever is decided upon it is written later, hence flushed
-- with it, and a crash of the server leaves an older truth of the same host, which says less. Only that a host exists is
-- flushed, for nobody would ask it (ADR 18).
drop function if exists coupling.renew_lease(text, text, json, integer[], text, text);
create or replace function coupling.renew_lease(
  p_instance text, p_nonce text, p_lease json, p_acked integer[], p_health text, p_marks text, p_known integer
) returns json ${DEFINER} as $$
declare
  former text;
  gone boolean;
  unflushed text;
  calm boolean := false;
begin
  -- Of a lease that is there, which nearly all are: one look for all that is to be known.
  select l.marks, ${isGone('l.instance', 'l.nonce')}, set_config('synchronous_commit', 'off', true)
    into former, gone, unflushed from coupling.leases l where l.instance = p_instance and l.nonce = p_nonce;
  if found and not gone then
    update coupling.leases l
      set lease = p_lease, acked = p_acked, health = p_health, marks = p_marks, renewed_at = clock_timestamp()
      where l.instance = p_instance and l.nonce = p_nonce;
  end if;
  if not found then
    gone := coupling.is_gone(p_instance, p_nonce);
    insert into coupling.leases (instance, nonce, lease, acked, health, marks, renewed_at)
    select p_instance, p_nonce, p_lease, p_acked, p_health, p_marks, clock_timestamp() where not gone
    on conflict (instance, nonce) do update
      set lease = excluded.lease, acked = excluded.acked, health = excluded.health, marks = excluded.marks,
          renewed_at = clock_timestamp();
  end if;
  if gone then
    return json_build_object('fenced', true, 'storeNow', coupling.ms(clock_timestamp()), 'calm', false);
  end if;
  if split_part(coalesce(former, ''), '|', 1) <> split_part(p_marks, '|', 1) then
    perform coupling.tell('');
  elsif split_part(former, '|', 2) <> split_part(p_marks, '|', 2) then
    perform pg_notify('${PROGRESS_CHANNEL}', '');
  elsif former <> p_marks then
    -- One after another, so that the last one sees that it is.
    perform pg_advisory_xact_lock(hashtext('coupling.acks'));
    if exists (select from coupling.control c where c.id = 1 and c.prepared is not null and not exists (
        select from coupling.leases l where ${isUnacked('c.prepared', String(LEASE_MS))})) then
      perform pg_notify('${PROGRESS_CHANNEL}', '');
    end if;
  end if;
  if p_known is not null then
    select n.version = p_known and not exists (
        select from coupling.leases l where l.renewed_at < clock_timestamp() - interval '${OVERDUE_AFTER_MS} ms')
      into calm from coupling.news n where n.id = 1;
  end if;
  return json_build_object('fenced', false, 'storeNow', coupling.ms(clock_timestamp()), 'calm', calm);
end $$;

create or replace function coupling.release_lease(p_instance text, p_nonce text) returns void ${DEFINER} as $$
begin
  delete from coupling.leases l where l.instance = p_instance and l.nonce = p_nonce;
  if found then perform coupling.tell(''); end if;
end $$;

-- The lock's token, or null while another holder has it. A renewal is not flushed: a crash of the server that loses it
-- leaves an earlier end, under the same token.
create or replace function coupling.acquire_lock(p_name text, p_holder text, p_ttl_ms integer) returns integer ${DEFINER} as $$
declare
  granted integer;
begin
  perform set_config('synchronous_commit', 'off', true)
    from coupling.locks l where l.name = p_name and l.holder = p_holder and p_ttl_ms > 0;
  insert into coupling.locks as l (name, holder, token, expires_at)
  values (p_name, p_holder, 1, clock_timestamp() + make_interval(secs => p_ttl_ms / 1000.0))
  on conflict (name) do update
    set holder = excluded.holder,
        token = case when l.holder = excluded.holder then l.token else l.token + 1 end,
        expires_at = clock_timestamp() + make_interval(secs => p_ttl_ms / 1000.0)
    where l.holder = excluded.holder or l.expires_at <= clock_timestamp()
  returning l.token into granted;
  if granted is null then
    update coupling.locks l set expires_at = ${LATEST} where l.name = p_name and l.expires_at > ${LATEST};
  end if;
  return granted;
end $$;

-- S9
create or replace function coupling.report_tally(p_epoch integer, p_instance text, p_nonce text, p_tally json) returns void ${DEFINER} as $$
begin
  insert into coupling.tallies as t (epoch, instance, nonce, tally)
  select p_epoch, p_instance, p_nonce, p_tally from coupling.control c
    where c.id = 1 and (c.trial ->> 'epoch')::integer = p_epoch
  on conflict (epoch, instance, nonce) do update set tally = excluded.tally;
end $$;

create or replace function coupling.record_dead_letter(
  p_module text, p_operation text, p_root_id text, p_key text, p_input json
) returns void ${DEFINER} as $$
begin
  insert into coupling.dead_letters (module, operation, root_id, key, input)
  values (p_module, p_operation, p_root_id, p_key, p_input);
end $$;
`;
