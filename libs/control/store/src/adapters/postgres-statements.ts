import { isGone } from '../schema/host-functions.ts';
import { EXITS_KEPT_MS, LEASE_MS } from '../store.ts';
import type { Statement } from './postgres-connection.ts';

/** A call of a function of the schema, as a statement of its own name. */
const call = (name: string, parameters: number): Statement => ({
  name: `coupling.${name}`,
  text: `select coupling.${name}(${Array.from({ length: parameters }, (_, i) => `$${i + 1}`).join(', ')})`,
});

/** Every statement that the store sends. One statement is one transaction and one round trip. */
export const SQL = {
  readState: {
    name: 'coupling.read_state',
    text: `
      select json_build_object(
        'storeNow', coupling.ms(clock_timestamp()),
        'news', (select n.version from coupling.news n where n.id = 1),
        'committed', c.committed, 'prepared', c.prepared,
        'preparedLayout', (select p.layout from coupling.layouts p where p.epoch = c.prepared),
        'liveEpochs', c.live, 'trial', c.trial,
        'leases', (select coalesce(json_agg(json_build_object(
              'lease', l.lease, 'renewedAt', coupling.ms(l.renewed_at),
              'live', coupling.is_live(l.renewed_at, ${LEASE_MS})) order by l.instance, l.nonce), '[]')
            from coupling.leases l where not ${isGone('l.instance', 'l.nonce')}),
        'exits', (select coalesce(json_agg(json_build_object(
              'instance', e.instance, 'nonce', e.nonce, 'cause', e.cause, 'at', coupling.ms(e.at)) order by e.at), '[]')
            from coupling.exits e where e.at > clock_timestamp() - interval '${EXITS_KEPT_MS} ms'),
        'refused', (select coalesce(json_agg(r.nonce order by r.nonce), '[]')
            from coupling.refused_nonces r where r.refused_at > clock_timestamp() - interval '${EXITS_KEPT_MS} ms'),
        'leaderToken', c.leader_token,
        'hosts', (select coalesce(json_agg(json_build_object(
              'instance', h.instance, 'nonce', h.nonce, 'purpose', h.purpose,
              'stopOrder', (h.host ->> 'stopOrder')::integer) order by h.instance, h.nonce), '[]')
            from coupling.hosts h)
      ) from coupling.control c where c.id = 1`,
  },
  readLayout: {
    name: 'coupling.read_layout',
    text: 'select layout from coupling.layouts where epoch = $1',
  },
  renewLease: call('renew_lease', 7),
  releaseLease: call('release_lease', 2),
  acquireLock: call('acquire_lock', 3),
  reportTally: call('report_tally', 4),
  recordDeadLetter: call('record_dead_letter', 5),
  acquireLeadership: call('acquire_leadership', 3),
  propose: call('propose', 3),
  withdraw: call('withdraw', 2),
  commit: call('commit_epoch', 5),
  endTrial: call('end_trial', 2),
  readTallies: {
    name: 'coupling.read_tallies',
    text: 'select instance, nonce, tally from coupling.tallies where epoch = $1 order by instance, nonce',
  },
  markDrained: call('mark_drained', 2),
  saveSwitch: call('save_switch', 7),
  readSwitch: {
    name: 'coupling.read_switch',
    text: `select id, version, state, open, coupling.ms(created_at) as "createdAt"
      from coupling.switches where id = $1`,
  },
  listSwitches: {
    name: 'coupling.list_switches',
    text: `select id, version, state, open, coupling.ms(created_at) as "createdAt"
      from coupling.switches where $1::boolean is null or open = $1 order by ordinal desc limit $2`,
  },
  saveAutonomy: call('save_autonomy', 3),
  readAutonomy: { name: 'coupling.read_autonomy', text: 'select version, state from coupling.autonomy' },
  recordHost: call('record_host', 5),
  forgetHost: call('forget_host', 3),
  listHosts: {
    name: 'coupling.list_hosts',
    text: 'select host from coupling.hosts order by created_at, instance',
  },
  recordExit: call('record_exit', 4),
  fence: call('fence', 3),
  appendAudit: call('append_audit', 2),
  readAudit: {
    name: 'coupling.read_audit',
    text: `select seq, at::double precision as at, body, prev_hash as "prevHash", hash
      from coupling.audit_log where seq > $1 order by seq limit $2`,
  },
} as const satisfies Record<string, Statement>;
