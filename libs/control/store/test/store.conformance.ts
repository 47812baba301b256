import type { Layout, Tally } from '@atlas/control-layout';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  GENESIS_HASH,
  StaleLeaderError,
  verifyAudit,
  type ControlStore,
  type Hint,
  type HostStore,
  type Lease,
  type LeaseRow,
} from '../src/index.ts';

/** One kind of coupling store under test. Stores of one harness share one truth. */
export interface Harness {
  /** A store as the switcher has it, over a connection of its own. */
  control(): ControlStore;
  /** A store as the host has it, over a connection of its own. */
  host(instance: string, nonce: string): HostStore;
  /** Lets time pass on the store's clock for whoever does not renew. */
  lapse(): Promise<void>;
  /** A clean truth for the next test. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface Conditions {
  /** False when notifications are dropped: everything but the test of the hints must still hold. */
  readonly hints: boolean;
}

export const tight: Layout = {
  placements: { cart: 'bundle', payment: 'bundle' },
  instances: { bundle: 1 },
  canary: {},
  configVersion: 1,
};
export const hybrid: Layout = {
  placements: { cart: 'service', payment: 'bundle' },
  instances: { bundle: 1, cart: 1 },
  canary: {},
  configVersion: 1,
};

export const leaseOf = (instance: string, more: Partial<Lease> = {}): Lease => ({
  instance,
  nonce: `${instance}-nonce`,
  kind: 'bundle',
  modules: ['cart', 'payment'],
  rpc: '127.0.0.1:1',
  metricsUrl: null,
  pid: 1,
  build: 'b',
  contractHash: 'c',
  health: 'ready',
  acked: [],
  closedThrough: null,
  roots: {},
  rssMb: 1,
  memoryLimitMb: 512,
  ...more,
});

/** Repeats a read until the check holds; keeps the last failure. */
export async function assertEventually(check: () => Promise<void> | void, withinMs = 8_000): Promise<void> {
  const until = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** What every coupling store must do, whatever it is made of. */
export function storeConformance(name: string, open: () => Promise<Harness>, conditions: Conditions): void {
  describe(`coupling store: ${name}`, () => {
    let harness: Harness;
    let control: ControlStore;
    let token: number;

    beforeAll(async () => {
      harness = await open();
    });
    afterAll(() => harness?.close());
    beforeEach(async () => {
      await harness.reset();
      control = harness.control();
      token = await lead(control);
    });

    async function lead(store: ControlStore, holder = 'switcher-a'): Promise<number> {
      const leadership = await store.acquireLeadership(holder, 60_000);
      if (leadership === undefined) throw new Error('leadership was not granted');
      return leadership.token;
    }
    async function proposed(layout: Layout): Promise<number> {
      const { committed } = await control.readState();
      const record = await control.propose(token, committed, layout);
      if (record === undefined) throw new Error('the proposal was refused');
      return record.epoch;
    }
    async function inForce(layout: Layout): Promise<number> {
      const { committed } = await control.readState();
      const epoch = await proposed(layout);
      expect(await control.commit(token, committed, epoch)).toEqual({ outcome: 'committed' });
      return epoch;
    }
    async function leaseRow(instance: string): Promise<LeaseRow | undefined> {
      return (await control.readState()).leases.find((lease) => lease.instance === instance);
    }

    describe('a trial (S9)', () => {
      const tallyOf = (epoch: number, sinceMs = 1): Tally => ({
        epoch,
        sinceMs,
        strain: { machine: 0.5, loop: 0.1 },
        operations: {},
      });

      it('begins with the commit that names modules, and ends once', async () => {
        const first = await inForce(tight);
        expect((await control.readState()).trial).toBeNull();
        const epoch = await proposed(hybrid);
        await control.commit(token, first, epoch, ['cart']);
        expect((await control.readState()).trial).toEqual({ epoch, modules: ['cart'] });
        await control.endTrial(token, first);
        expect((await control.readState()).trial).toEqual({ epoch, modules: ['cart'] });
        await control.endTrial(token, epoch);
        expect((await control.readState()).trial).toBeNull();
      });

      it('takes the newest tally of each process, under the epoch on trial only', async () => {
        const first = await inForce(tight);
        const epoch = await proposed(hybrid);
        const shop = harness.host('shop-0', 'n');
        await shop.reportTally('shop-0', 'n', tallyOf(epoch));
        expect(await control.readTallies(epoch)).toEqual([]);
        await control.commit(token, first, epoch, ['cart']);
        for (const sinceMs of [1, 2]) await shop.reportTally('shop-0', 'n', tallyOf(epoch, sinceMs));
        await shop.reportTally('shop-0', 'n', tallyOf(first));
        const row = { instance: 'shop-0', nonce: 'n', tally: tallyOf(epoch, 2) };
        expect(await control.readTallies(epoch)).toEqual([row]);
        await inForce(tight);
        expect((await control.readState()).trial).toBeNull();
        expect(await control.readTallies(epoch)).toEqual([]);
      });

      it('is ended by its leader alone (S5)', async () => {
        await expect(control.endTrial(token - 1, 1)).rejects.toThrow(StaleLeaderError);
      });
    });

    describe('layouts and epochs', () => {
      it('starts empty, with epoch 0 in force', async () => {
        expect(await control.readState()).toMatchObject({
          committed: 0,
          prepared: null,
          liveEpochs: [],
          leases: [],
          exits: [],
          hosts: [],
        });
      });

      it('shows a proposal as prepared and puts it in force by a commit', async () => {
        const epoch = await proposed(tight);
        expect(await control.readState()).toMatchObject({
          ...{ committed: 0, prepared: epoch, preparedLayout: tight, liveEpochs: [] },
        });
        expect(await control.commit(token, 0, epoch)).toEqual({ outcome: 'committed' });
        expect(await control.readState()).toMatchObject({
          committed: epoch,
          prepared: null,
          preparedLayout: null,
          liveEpochs: [epoch],
        });
        expect(await harness.host('shop-0', 'n').readLayout(epoch)).toEqual({ epoch, layout: tight });
      });

      it('knows no layout that was never proposed', async () => {
        expect(await control.readLayout(99)).toBeUndefined();
      });

      it('refuses a second proposal, and one that is based on an epoch not in force', async () => {
        await proposed(tight);
        expect(await control.propose(token, 0, hybrid)).toBeUndefined();
        await control.withdraw(token, 1);
        expect(await control.propose(token, 7, hybrid)).toBeUndefined();
      });

      it('never uses an epoch again, not even after a withdrawal (S1)', async () => {
        const first = await proposed(tight);
        await control.withdraw(token, first);
        const second = await proposed(hybrid);
        expect(second).toBeGreaterThan(first);
        expect(await control.readLayout(first)).toEqual({ epoch: first, layout: tight });
        expect(await control.commit(token, 0, first)).toEqual({
          outcome: 'conflict',
          committed: 0,
          prepared: second,
        });
      });

      it('ignores the withdrawal of an epoch that is not the prepared one', async () => {
        const epoch = await proposed(tight);
        await control.withdraw(token, epoch + 1);
        expect((await control.readState()).prepared).toBe(epoch);
      });

      it('answers a repeated commit with the conflict that shows it is done (E4)', async () => {
        const epoch = await inForce(tight);
        expect(await control.commit(token, 0, epoch)).toEqual({
          outcome: 'conflict',
          committed: epoch,
          prepared: null,
        });
      });

      it('keeps a layout as it was, whatever its proposer does to it later (S1)', async () => {
        const mine = { ...tight, instances: { bundle: 1 } };
        const epoch = await proposed(mine);
        mine.instances.bundle = 3;
        expect((await control.readLayout(epoch))?.layout).toEqual(tight);
      });

      it('keeps an epoch live until it is marked drained, and never drains the one in force', async () => {
        const first = await inForce(tight);
        const second = await inForce(hybrid);
        expect((await control.readState()).liveEpochs).toEqual([first, second]);
        await control.markDrained(token, second);
        await control.markDrained(token, first);
        expect((await control.readState()).liveEpochs).toEqual([second]);
      });
    });

    describe('leases and the commit check (S3)', () => {
      it('shows a lease as its host wrote it, live and on its own clock', async () => {
        const host = harness.host('shop-0', 'shop-0-nonce');
        const lease = leaseOf('shop-0', { acked: [4, 5], closedThrough: 4, roots: { '4': 2 } });
        const { fenced, storeNow } = await host.renewLease(lease);
        expect(fenced).toBe(false);
        const row = await leaseRow('shop-0');
        expect(row).toMatchObject({ ...lease, live: true });
        expect(Math.abs((row?.renewedAt ?? 0) - storeNow)).toBeLessThan(1_000);
      });

      it('does not commit before every live lease has acked', async () => {
        const host = harness.host('shop-0', 'shop-0-nonce');
        await host.renewLease(leaseOf('shop-0'));
        const epoch = await proposed(tight);
        expect(await control.commit(token, 0, epoch)).toEqual({ outcome: 'not_acked', missing: ['shop-0'] });
        expect((await control.readState()).committed).toBe(0);
        await host.renewLease(leaseOf('shop-0', { acked: [epoch] }));
        expect(await control.commit(token, 0, epoch)).toEqual({ outcome: 'committed' });
      });

      it('prepares again when a newcomer appears between prepare and commit', async () => {
        const epoch = await proposed(tight);
        await harness.host('shop-0', 'shop-0-nonce').renewLease(leaseOf('shop-0', { acked: [epoch] }));
        const newcomer = harness.host('shop-1', 'shop-1-nonce');
        await newcomer.renewLease(leaseOf('shop-1', { health: 'starting' }));
        expect(await control.commit(token, 0, epoch)).toEqual({ outcome: 'not_acked', missing: ['shop-1'] });
        await newcomer.renewLease(leaseOf('shop-1', { acked: [epoch] }));
        expect(await control.commit(token, 0, epoch)).toEqual({ outcome: 'committed' });
      });

      it('does not wait for a host that is leaving', async () => {
        await harness.host('shop-0', 'n').renewLease(leaseOf('shop-0', { health: 'leaving' }));
        expect(await control.commit(token, 0, await proposed(tight))).toEqual({ outcome: 'committed' });
      });

      it('stops waiting for a silent host when its lease lapses, but keeps its row', async () => {
        await harness.host('shop-0', 'n').renewLease(leaseOf('shop-0'));
        const epoch = await proposed(tight);
        await harness.lapse();
        await assertEventually(async () =>
          expect(await control.commit(token, 0, epoch)).toEqual({ outcome: 'committed' }),
        );
        expect(await leaseRow('shop-0')).toMatchObject({ live: false });
      });

      it('is freed at once by evidence of an exit, which stands', async () => {
        const host = harness.host('shop-0', 'shop-0-nonce');
        await host.renewLease(leaseOf('shop-0'));
        const epoch = await proposed(tight);
        await control.recordExit(token, { instance: 'shop-0', nonce: 'shop-0-nonce', cause: 'signal' });
        await control.recordExit(token, { instance: 'shop-0', nonce: 'shop-0-nonce', cause: 'unknown' });
        expect(await control.commit(token, 0, epoch)).toEqual({ outcome: 'committed' });
        const state = await host.readState();
        expect(state.exits).toMatchObject([{ instance: 'shop-0', nonce: 'shop-0-nonce', cause: 'signal' }]);
        expect(state.leases).toEqual([]);
      });

      it('gives no lease to a process that has exited or was fenced, but to its successor (S7)', async () => {
        await control.recordExit(token, { instance: 'shop-0', nonce: 'a', cause: 'exit' });
        await control.fence(token, 'shop-0', 'b');
        for (const [nonce, fenced] of [
          ['a', true],
          ['b', true],
          ['c', false],
        ] as const) {
          const lease = leaseOf('shop-0', { nonce });
          expect(await harness.host('shop-0', nonce).renewLease(lease)).toMatchObject({ fenced });
        }
        expect((await control.readState()).leases.map((lease) => lease.nonce)).toEqual(['c']);
      });

      it('forgets a lease that is given back, and only of that process', async () => {
        const host = harness.host('shop-0', 'shop-0-nonce');
        await host.renewLease(leaseOf('shop-0'));
        await host.releaseLease('shop-0', 'another');
        expect(await leaseRow('shop-0')).toBeDefined();
        await host.releaseLease('shop-0', 'shop-0-nonce');
        expect(await leaseRow('shop-0')).toBeUndefined();
      });
    });

    describe('leadership (S5)', () => {
      it('goes to one switcher at a time; the token is kept by renewals', async () => {
        const other = harness.control();
        expect(await other.acquireLeadership('switcher-b', 1_000)).toBeUndefined();
        expect(await control.acquireLeadership('switcher-a', 60_000)).toBeUndefined();
        expect(await control.acquireLeadership('switcher-a', 60_000, token)).toMatchObject({ token });
      });

      it('passes with a higher token, and refuses every write of the former leader', async () => {
        const epoch = await proposed(tight);
        await control.acquireLeadership('switcher-a', 0, token);
        const other = harness.control();
        const next = await lead(other, 'switcher-b');
        expect(next).toBeGreaterThan(token);
        const row = { id: 's', version: 1, state: {}, open: true };
        const host = {
          instance: 'cart-0',
          nonce: 'n',
          app: 'cart',
          pid: null,
          pidStartedAt: null,
          createdAt: 1,
          purpose: 'serving',
        } as const;
        const writes = [
          () => control.propose(token, 0, tight),
          () => control.withdraw(token, epoch),
          () => control.commit(token, 0, epoch),
          () => control.markDrained(token, epoch),
          () => control.saveSwitch(token, row),
          () => control.saveAutonomy(token, { version: 1, state: {} }),
          () => control.recordHost(token, host),
          () => control.forgetHost(token, 'cart-0', 'n'),
          () => control.recordExit(token, { instance: 'cart-0', nonce: 'n', cause: 'exit' }),
          () => control.fence(token, 'cart-0', 'n'),
          () => control.appendAudit(token, { event: 'late' }),
        ];
        for (const write of writes) await expect(write()).rejects.toBeInstanceOf(StaleLeaderError);
        expect(await other.readState()).toMatchObject({
          committed: 0,
          prepared: epoch,
          exits: [],
          hosts: [],
        });
        expect(await other.readAudit({ after: 0, limit: 1 })).toEqual([]);
        expect(await other.readAutonomy()).toBeUndefined();
        expect(await control.acquireLeadership('switcher-a', 1_000, token)).toBeUndefined();
        expect(await other.commit(next, 0, epoch)).toEqual({ outcome: 'committed' });
      });

      it('refuses a token that was never granted', async () => {
        await expect(control.propose(token + 1, 0, tight)).rejects.toBeInstanceOf(StaleLeaderError);
      });

      it('lets exactly one of two racing commits and one of two racing proposals win (S2)', async () => {
        const other = harness.control();
        const proposals = await Promise.all([
          control.propose(token, 0, tight),
          other.propose(token, 0, hybrid),
        ]);
        const won = proposals.filter((record) => record !== undefined);
        expect(won).toHaveLength(1);
        const epoch = won[0]?.epoch ?? 0;
        const commits = await Promise.all([control.commit(token, 0, epoch), other.commit(token, 0, epoch)]);
        expect(commits.map((commit) => commit.outcome).sort()).toEqual(['committed', 'conflict']);
        expect((await control.readState()).liveEpochs).toEqual([epoch]);
      });

      it('never lets a leader commit after another has taken over, whoever is faster', async () => {
        const epoch = await proposed(tight);
        await control.acquireLeadership('switcher-a', 0, token);
        const other = harness.control();
        const [commit, taken] = await Promise.allSettled([
          control.commit(token, 0, epoch),
          other.acquireLeadership('switcher-b', 60_000),
        ]);
        expect(taken.status).toBe('fulfilled');
        const { committed } = await other.readState();
        if (commit.status === 'fulfilled') expect(committed).toBe(epoch);
        else {
          expect(commit.reason).toBeInstanceOf(StaleLeaderError);
          expect(committed).toBe(0);
        }
      });
    });

    describe('locks', () => {
      it('belong to one holder, who may renew; the token rises with the next holder', async () => {
        const a = harness.host('shop-0', 'a');
        const b = harness.host('shop-1', 'b');
        const first = await a.acquireLock('pump:relay', 'shop-0:a', 60_000);
        expect(await b.acquireLock('pump:relay', 'shop-1:b', 60_000)).toBeUndefined();
        expect(await a.acquireLock('pump:relay', 'shop-0:a', 60_000)).toEqual(first);
        await a.acquireLock('pump:relay', 'shop-0:a', 0);
        const second = await b.acquireLock('pump:relay', 'shop-1:b', 60_000);
        expect(second?.token).toBeGreaterThan(first?.token ?? 0);
        expect(await a.acquireLock('pump:relay', 'shop-0:a', 60_000)).toBeUndefined();
      });

      it('go to exactly one of two who try at once, each lock on its own', async () => {
        const a = harness.host('shop-0', 'a');
        const b = harness.host('shop-1', 'b');
        const tries = await Promise.all([
          a.acquireLock('one', 'a', 60_000),
          b.acquireLock('one', 'b', 60_000),
        ]);
        expect(tries.filter((held) => held !== undefined)).toHaveLength(1);
        expect(await b.acquireLock('two', 'b', 60_000)).toBeDefined();
      });
    });

    describe('records of switches and processes', () => {
      it('saves a switch by compare-and-set on its version', async () => {
        const row = (
          version: number,
          step: string,
          open = true,
        ): Parameters<ControlStore['saveSwitch']>[1] => ({
          id: 's1',
          version,
          state: { step },
          open,
        });
        expect(await control.saveSwitch(token, row(2, 'early'))).toBe('conflict');
        expect(await control.saveSwitch(token, row(1, 'plan'))).toBe('saved');
        expect(await control.saveSwitch(token, row(1, 'plan'))).toBe('saved');
        expect(await control.saveSwitch(token, row(1, 'other'))).toBe('conflict');
        expect(await control.saveSwitch(token, row(2, 'done', false))).toBe('saved');
        expect(await control.readSwitch('s1')).toMatchObject({ ...row(2, 'done', false) });
        expect(await control.readSwitch('s2')).toBeUndefined();
      });

      it('saves what others than operators may do by compare-and-set on its version', async () => {
        const row = (version: number, level: number) => ({ version, state: { level, wishes: [] } });
        expect(await control.readAutonomy()).toBeUndefined();
        expect(await control.saveAutonomy(token, row(2, 4))).toBe('conflict');
        expect(await control.saveAutonomy(token, row(1, 4))).toBe('saved');
        expect(await control.saveAutonomy(token, row(1, 4))).toBe('saved');
        expect(await control.saveAutonomy(token, row(1, 3))).toBe('conflict');
        expect(await control.saveAutonomy(token, row(3, 3))).toBe('conflict');
        expect(await control.readAutonomy()).toEqual(row(1, 4));
        expect(await control.saveAutonomy(token, row(2, 3))).toBe('saved');
        expect(await harness.control().readAutonomy()).toEqual(row(2, 3));
      });

      it('lists switches newest first, and the open ones alone', async () => {
        for (const [id, open] of [
          ['a', true],
          ['b', false],
          ['c', true],
        ] as const) {
          await control.saveSwitch(token, { id, version: 1, state: null, open });
        }
        const ids = async (query: Parameters<ControlStore['listSwitches']>[0]): Promise<string[]> =>
          (await control.listSwitches(query)).map((row) => row.id);
        expect(await ids({ limit: 2 })).toEqual(['c', 'b']);
        expect(await ids({ limit: 10, open: true })).toEqual(['c', 'a']);
        expect(await ids({ limit: 10, open: false })).toEqual(['b']);
      });

      it('keeps the books of processes, and shows hosts why they are wanted', async () => {
        const host = {
          instance: 'cart-0',
          nonce: 'n',
          app: 'cart',
          pid: null,
          pidStartedAt: null,
          createdAt: 1,
          purpose: 'serving',
        } as const;
        await control.recordHost(token, host);
        await control.recordHost(token, { ...host, pid: 42, pidStartedAt: '123', purpose: 'keep_warm' });
        expect(await control.listHosts()).toEqual([
          { ...host, pid: 42, pidStartedAt: '123', purpose: 'keep_warm' },
        ]);
        const { hosts } = await harness.host('cart-0', 'n').readState();
        expect(hosts).toEqual([{ instance: 'cart-0', nonce: 'n', purpose: 'keep_warm', stopOrder: null }]);
        await control.forgetHost(token, 'cart-0', 'n');
        expect(await control.listHosts()).toEqual([]);
      });

      it('shows hosts who is to stop by whose order, and whether a later leader has come since', async () => {
        const host = { instance: 'cart-0', nonce: 'n', app: 'cart', pid: 1, pidStartedAt: 's' };
        await control.recordHost(token, { ...host, createdAt: 1, purpose: 'serving', stopOrder: token });
        const own = harness.host('cart-0', 'n');
        const seen = await own.readState();
        expect(seen.hosts).toMatchObject([{ instance: 'cart-0', stopOrder: token }]);
        expect(seen.leaderToken).toBe(token);
        await control.acquireLeadership('switcher-a', 0, token);
        const next = await lead(harness.control(), 'switcher-b');
        expect((await own.readState()).leaderToken).toBe(next);
      });

      it('shows everybody which nonces are refused', async () => {
        expect((await control.readState()).refused).toEqual([]);
        await control.fence(token, 'cart-0', 'n');
        await control.fence(token, 'cart-0', 'm');
        expect((await harness.host('shop-0', 's').readState()).refused).toEqual(['m', 'n']);
      });

      it('takes dead letters of any input', async () => {
        const letter = { module: 'cart', operation: 'checkOut', rootId: 'r', key: null };
        const host = harness.host('shop-0', 'n');
        await host.recordDeadLetter({ ...letter, input: { note: 'a\u0000b \ud83d\ude00 "' } });
        await host.recordDeadLetter({ ...letter, input: undefined });
      });
    });

    describe('audit log (S6)', () => {
      it('is chained from the start, in order, with the body as it was given', async () => {
        const body = { z: 1, a: { y: [1.5, 'ü', null], x: '\u0000"' }, skipped: undefined };
        const first = await control.appendAudit(token, body);
        expect(first).toMatchObject({ seq: 1, prevHash: GENESIS_HASH });
        await control.appendAudit(token, { what: 'second' });
        const entries = await control.readAudit({ after: 0, limit: 10 });
        expect(entries[0]).toEqual(first);
        expect(entries.map((entry) => entry.seq)).toEqual([1, 2]);
        expect(verifyAudit(entries)).toEqual({ intact: true });
        expect(await control.readAudit({ after: 1, limit: 10 })).toEqual(entries.slice(1));
      });

      it('stays whole when two append at once', async () => {
        const other = harness.control();
        await Promise.all(
          Array.from({ length: 20 }, (_, i) => (i % 2 ? control : other).appendAudit(token, { i })),
        );
        const entries = await control.readAudit({ after: 0, limit: 100 });
        expect(entries).toHaveLength(20);
        expect(verifyAudit(entries)).toEqual({ intact: true });
      });

      it('takes what is to be said of a switch with its state: all of it once, nothing when the state is refused', async () => {
        const row = { id: 'sw-1', version: 1, state: { step: 1 }, open: true };
        const said = [{ event: 'a', text: 'é "x" \\ {y}, null' }, { event: 'b' }];
        expect(await control.saveSwitch(token, row, said)).toBe('saved');
        expect(await control.saveSwitch(token, row, said)).toBe('saved');
        expect(await control.saveSwitch(token, { ...row, version: 3 }, [{ event: 'c' }])).toBe('conflict');
        await expect(control.saveSwitch(token - 1, { ...row, version: 2 }, said)).rejects.toThrow(
          StaleLeaderError,
        );
        const entries = await control.readAudit({ after: 0, limit: 10 });
        expect(entries.map(({ body }) => body)).toEqual(said);
        expect(verifyAudit(entries)).toEqual({ intact: true });
      });

      it('shows where an entry was changed, removed or forged', async () => {
        for (let i = 0; i < 4; i += 1) await control.appendAudit(token, { i });
        const entries = await control.readAudit({ after: 0, limit: 10 });
        const changed = entries.map((entry) => (entry.seq === 2 ? { ...entry, body: { i: 9 } } : entry));
        expect(verifyAudit(changed)).toMatchObject({ intact: false, seq: 2 });
        expect(verifyAudit(entries.filter((entry) => entry.seq !== 3))).toMatchObject({
          intact: false,
          seq: 4,
        });
        const renumbered = entries
          .filter((entry) => entry.seq !== 3)
          .map((entry) => (entry.seq === 4 ? { ...entry, seq: 3 } : entry));
        expect(verifyAudit(renumbered)).toMatchObject({ intact: false, seq: 3 });
      });
    });

    describe.runIf(conditions.hints)('hints', () => {
      it('tell hosts of newcomers, proposals, commits and exits, but not of what none of them waits for', async () => {
        const host = harness.host('shop-0', 'shop-0-nonce');
        await host.readState();
        const hints: Hint[] = [];
        host.watch((hint) => hints.push(hint));
        const hinted = async (change: () => Promise<unknown>): Promise<void> => {
          const before = hints.length;
          await change();
          await assertEventually(() => expect(hints.length).toBeGreaterThan(before));
        };
        const acked = (epoch: number): Lease => leaseOf('shop-0', { acked: [epoch] });
        const committed = async (from: number): Promise<number> => {
          let epoch = 0;
          await hinted(async () => (epoch = await proposed(tight)));
          await host.renewLease(acked(epoch));
          await hinted(() => control.commit(token, from, epoch, ['cart']));
          return epoch;
        };
        await hinted(() => host.renewLease(leaseOf('shop-0')));
        const first = await committed(0);
        expect(hints.at(-1)).toBe('in-force');
        const second = await committed(first);
        const before = hints.length;
        await control.endTrial(token, second);
        await control.markDrained(token, first);
        await host.readState();
        expect(hints.slice(before)).toEqual([]);
        await hinted(() => control.recordExit(token, { instance: 'x', nonce: 'y', cause: 'exit' }));
        await hinted(() => host.renewLease(leaseOf('shop-0', { health: 'leaving' })));
        expect(hints.at(-1)).toBe('news');
      });

      it('tell the switcher of acks and closed epochs besides, but not of plain renewals', async () => {
        const host = harness.host('shop-0', 'shop-0-nonce');
        await control.readState();
        let hints = 0;
        const stop = control.watch(() => {
          hints += 1;
        });
        const hinted = async (change: () => Promise<unknown>): Promise<void> => {
          const before = hints;
          await change();
          await assertEventually(() => expect(hints).toBeGreaterThan(before));
        };
        let epoch = 0;
        await hinted(() => host.renewLease(leaseOf('shop-0')));
        await hinted(async () => {
          epoch = await proposed(tight);
        });
        const acked = leaseOf('shop-0', { acked: [epoch] });
        await hinted(() => host.renewLease(acked));
        await hinted(() => control.commit(token, 0, epoch));
        await hinted(() => host.renewLease({ ...acked, closedThrough: 0 }));
        const before = hints;
        await host.renewLease({ ...acked, closedThrough: 0, rssMb: 7, roots: { [epoch]: 3 } });
        await host.renewLease({ ...acked, closedThrough: 0, rssMb: 8, roots: { [epoch]: 4 } });
        await control.readState();
        expect(hints).toBe(before);
        await hinted(() => control.recordExit(token, { instance: 'x', nonce: 'y', cause: 'exit' }));
        stop();
        const stopped = hints;
        await control.fence(token, 'x', 'z');
        await control.readState();
        expect(hints).toBe(stopped);
      });
    });
  });
}
