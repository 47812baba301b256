import { DEFINER, IN_FORCE, isUnacked, LATEST, STALE_LEADER } from './host-functions.ts';

const notify = `perform coupling.tell('');`;

/** What the switcher may call besides. Each takes the lock of the control row first, so that they run one by one. */
export const CONTROL_FUNCTIONS = `
-- S5: locks the control row and refuses every token but the highest granted one.
create or replace function coupling.lead(p_token integer) returns coupling.control ${DEFINER} as $$
declare
  c coupling.control;
begin
  select * into strict c from coupling.control where id = 1 for no key update;
  if p_token is distinct from c.leader_token or c.leader_token = 0 then
    raise exception 'leader token % was superseded by %', p_token, c.leader_token using errcode = '${STALE_LEADER}';
  end if;
  return c;
end $$;

create or replace function coupling.acquire_leadership(p_holder text, p_ttl_ms integer, p_token integer) returns json ${DEFINER} as $$
declare
  c coupling.control;
  renews boolean;
begin
  select * into strict c from coupling.control where id = 1 for no key update;
  renews := c.leader_holder is not distinct from p_holder and c.leader_token = p_token;
  if not coalesce(renews, false) then
    if c.leader_expires > clock_timestamp() then
      update coupling.control set leader_expires = ${LATEST} where id = 1 and leader_expires > ${LATEST};
      return null;
    end if;
    c.leader_token := c.leader_token + 1;
  end if;
  c.leader_expires := clock_timestamp() + make_interval(secs => p_ttl_ms / 1000.0);
  update coupling.leases l set renewed_at = clock_timestamp() where l.renewed_at > clock_timestamp(); -- S12
  update coupling.control
    set leader_holder = p_holder, leader_token = c.leader_token, leader_expires = c.leader_expires where id = 1;
  return json_build_object('holder', p_holder, 'token', c.leader_token, 'expiresAt', coupling.ms(c.leader_expires));
end $$;

create or replace function coupling.propose(p_token integer, p_based_on integer, p_layout json) returns integer ${DEFINER} as $$
declare
  c coupling.control := coupling.lead(p_token);
begin
  if c.committed <> p_based_on or c.prepared is not null then return null; end if;
  insert into coupling.layouts (epoch, layout) values (c.last_epoch + 1, p_layout);
  update coupling.control set last_epoch = c.last_epoch + 1, prepared = c.last_epoch + 1 where id = 1;
  ${notify}
  return c.last_epoch + 1;
end $$;

create or replace function coupling.withdraw(p_token integer, p_epoch integer) returns void ${DEFINER} as $$
begin
  perform coupling.lead(p_token);
  update coupling.control set prepared = null where id = 1 and prepared = p_epoch;
  if found then ${notify} end if;
end $$;

-- S2, S3 and S9 in one transaction.
drop function if exists coupling.commit_epoch(integer, integer, integer, integer);
create or replace function coupling.commit_epoch(p_token integer, p_from integer, p_to integer, p_lease_ms integer, p_trial json) returns json ${DEFINER} as $$
declare
  c coupling.control := coupling.lead(p_token);
  missing json;
begin
  if c.committed <> p_from or c.prepared is distinct from p_to then
    return json_build_object('outcome', 'conflict', 'committed', c.committed, 'prepared', c.prepared);
  end if;
  select json_agg(l.instance order by l.instance) into missing from coupling.leases l
    where ${isUnacked('p_to', 'p_lease_ms')};
  if missing is not null then return json_build_object('outcome', 'not_acked', 'missing', missing); end if;
  update coupling.control set committed = p_to, prepared = null, live = live || p_to, trial = p_trial where id = 1;
  delete from coupling.tallies where epoch < p_to;
  perform coupling.tell('${IN_FORCE}');
  return json_build_object('outcome', 'committed');
end $$;

-- Nobody waits for the end of a trial or of a drained epoch: hosts see it at their next poll, without a hint that would
-- make all of them read at once.
create or replace function coupling.end_trial(p_token integer, p_epoch integer) returns void ${DEFINER} as $$
begin
  perform coupling.lead(p_token);
  update coupling.control set trial = null where id = 1 and (trial ->> 'epoch')::integer = p_epoch;
end $$;

create or replace function coupling.mark_drained(p_token integer, p_epoch integer) returns void ${DEFINER} as $$
begin
  perform coupling.lead(p_token);
  update coupling.control set live = array_remove(live, p_epoch)
    where id = 1 and committed <> p_epoch and live @> array[p_epoch];
end $$;

-- Whether it was saved, and the log told of it: version 1 inserts, n replaces n - 1, the same again changes nothing.
drop function if exists coupling.save_switch(integer, text, integer, json, boolean);
drop function if exists coupling.save_switch(integer, text, integer, json, boolean, json[]);
create or replace function coupling.save_switch(
  p_token integer, p_id text, p_version integer, p_state json, p_open boolean, p_audit json[], p_beside text[]
) returns boolean ${DEFINER} as $$
declare
  s coupling.switches;
  entry json;
begin
  perform coupling.lead(p_token);
  select * into s from coupling.switches where id = p_id;
  if s.version = p_version then return s.state::text = p_state::text and s.open = p_open; end if;
  if coalesce(s.version, 0) <> p_version - 1 then return false; end if;
  if s.id is null and exists (select from coupling.switches o where o.open and o.id <> all (p_beside)) then
    return false;
  end if;
  insert into coupling.switches (id, version, state, open) values (p_id, p_version, p_state, p_open)
  on conflict (id) do update set version = excluded.version, state = excluded.state, open = excluded.open;
  foreach entry in array p_audit loop perform coupling.append_audit(p_token, entry); end loop;
  return true;
end $$;

-- Whether it was saved, as of switches.
create or replace function coupling.save_autonomy(p_token integer, p_version integer, p_state json) returns boolean ${DEFINER} as $$
declare
  a coupling.autonomy;
begin
  perform coupling.lead(p_token);
  select * into a from coupling.autonomy where id = 1;
  if a.version = p_version then return a.state::text = p_state::text; end if;
  if coalesce(a.version, 0) <> p_version - 1 then return false; end if;
  insert into coupling.autonomy (id, version, state) values (1, p_version, p_state)
  on conflict (id) do update set version = excluded.version, state = excluded.state;
  return true;
end $$;

-- S10. A reserve waits for being one no more, and a customer for it.
drop function if exists coupling.record_host(integer, text, text, json);
create or replace function coupling.record_host(
  p_token integer, p_instance text, p_nonce text, p_host json, p_write integer
) returns void ${DEFINER} as $$
declare
  former coupling.hosts;
begin
  perform coupling.lead(p_token);
  if exists (select from coupling.exits e where e.instance = p_instance and e.nonce = p_nonce) then return; end if;
  select * into former from coupling.hosts h where h.instance = p_instance and h.nonce = p_nonce;
  if (former.token, former.write) > (p_token, p_write) then return; end if;
  insert into coupling.hosts (instance, nonce, host, purpose, created_at, token, write)
  values (p_instance, p_nonce, p_host, p_host ->> 'purpose', (p_host ->> 'createdAt')::double precision, p_token, p_write)
  on conflict (instance, nonce) do update
    set host = excluded.host, purpose = excluded.purpose, token = excluded.token, write = excluded.write;
  if former.purpose = 'reserve' and p_host ->> 'purpose' <> former.purpose then ${notify} end if;
end $$;

create or replace function coupling.forget_host(p_token integer, p_instance text, p_nonce text) returns void ${DEFINER} as $$
begin
  perform coupling.lead(p_token);
  delete from coupling.hosts where instance = p_instance and nonce = p_nonce;
end $$;

-- A renewal that was under way may have come back as a row: every gone process is swept, not only this one.
create or replace function coupling.sweep_leases() returns void ${DEFINER} as $$
begin
  delete from coupling.leases l where coupling.is_gone(l.instance, l.nonce);
end $$;

create or replace function coupling.record_exit(p_token integer, p_instance text, p_nonce text, p_cause text) returns void ${DEFINER} as $$
begin
  perform coupling.lead(p_token);
  insert into coupling.exits (instance, nonce, cause) values (p_instance, p_nonce, p_cause) on conflict do nothing;
  perform coupling.sweep_leases();
  ${notify}
end $$;

-- Refuses the nonce and ends its sessions in this database; never a superuser's, never the caller's.
create or replace function coupling.fence(p_token integer, p_instance text, p_nonce text) returns void ${DEFINER} as $$
begin
  perform coupling.lead(p_token);
  insert into coupling.refused_nonces (instance, nonce) values (p_instance, p_nonce) on conflict do nothing;
  perform coupling.sweep_leases();
  perform pg_terminate_backend(a.pid) from pg_stat_activity a join pg_roles r on r.oid = a.usesysid
    where a.application_name = p_instance || ':' || p_nonce and a.datname = current_database()
      and a.pid <> pg_backend_pid() and not r.rolsuper;
  ${notify}
end $$;

drop function if exists coupling.append_audit(json);
create or replace function coupling.append_audit(p_token integer, p_body json) returns json ${DEFINER} as $$
declare
  head coupling.audit_head;
  now_ms bigint;
  next_hash text;
begin
  perform coupling.lead(p_token);
  select * into strict head from coupling.audit_head where id = 1 for update;
  now_ms := coupling.ms(clock_timestamp())::bigint;
  next_hash := encode(sha256(convert_to(head.hash || '{"at":' || now_ms || ',"body":' || p_body || '}', 'UTF8')), 'hex');
  insert into coupling.audit_log (seq, at, body, prev_hash, hash)
  values (head.seq + 1, now_ms, p_body, head.hash, next_hash);
  update coupling.audit_head set seq = head.seq + 1, hash = next_hash where id = 1;
  return json_build_object('seq', head.seq + 1, 'at', now_ms, 'prevHash', head.hash, 'hash', next_hash);
end $$;
`;
