/**
 * The host's side of the switch protocol: watches the coupling store, makes the runtime follow, and
 * keeps the host's lease.
 *
 * A1  Fail static (E5): a store that fails, hangs or is gone changes nothing in the runtime, for however long.
 * A2  An epoch is acked only when the runtime holds it, and closed only when the runtime admits under a later one;
 *     both are told to the store at once.
 * A3  After a stand-still longer than its lease the host reads before it admits; it waits 500 ms at most, once for all
 *     requests of that moment, and not at all while it knows that the store is away.
 * A4  Hints only make it faster: with every one of them lost, a poll each 250 ms does the same. Polls rest while the
 *     store says with each renewal that there is nothing to read, and hints have come when there was (`calm.ts`).
 */
import type { LayoutRecord } from '@atlas/control-layout';
import { LEASE_MS, POLL_EVERY_MS, RENEW_EVERY_MS, type Hint, type Lease } from '@atlas/control-store';
import { Calm } from './calm.ts';
import { Contact } from './contact.ts';
import { Follower } from './follower.ts';
import { Heartbeat } from './heartbeat.ts';
import type { AgentOptions } from './options.ts';
import { TrialReporter } from './trial-reporter.ts';

/** Longest wait for the store's answer: before an admission, and until a change of health, or the end, is said. */
const PATIENCE_MS = 500;

/** Renewals go with every so many polls: one timer for both. */
const TICKS_A_BEAT = RENEW_EVERY_MS / POLL_EVERY_MS;

/** Services spread their reads of a commit over this time, ms: less than a poll, so that a trial soon counts their calls. */
const SPREAD_MS = 100;

export interface AgentStatus {
  readonly health: Lease['health'];
  /** As of the last read, the books have it in reserve: a bundle that is to accept nobody yet. */
  readonly inReserve: boolean;
  /** Epoch of new roots; undefined before the first. */
  readonly epoch: number | undefined;
  /** False from the first failure of the store to the next renewal that it takes. */
  readonly storeReachable: boolean;
}

export interface Agent {
  /** Takes the lease as `starting` and follows the store; resolves after the first read that began under a lease, however long that takes. */
  start(): Promise<void>;
  /**
   * Of a bundle that is warm: resolves at once, or, if the books have it in reserve, says so and resolves when they do no
   * more, or when it leaves.
   */
  opened(): Promise<void>;
  /** Warm: others may call. Resolves when it was said, or could not be said now and will be. */
  ready(): Promise<void>;
  /** About to retire: others call no more. Goes on renewing and draining until `close`. */
  leave(): Promise<void>;
  /**
   * Somebody wants this host to end, e.g. by a signal. `onStopOrder` is called when that is an order: the leader of now
   * has written it in the books, and no live layout needs this host; or nobody keeps books of it. Else it goes on.
   */
  askToStop(): void;
  /** Whether a peer with this nonce was fenced, or is known to have ended, as of the last read. */
  refuses(nonce: string): boolean;
  /** Gives the lease back (waits 500 ms at most) and stops. The store stays open. */
  close(): Promise<void>;
  /** For the runtime: undefined, or a promise to await before admitting (A3). It never rejects. */
  beforeAdmit(): Promise<void> | undefined;
  /** For the runtime: the immutable row of an epoch that it does not hold. Rejects while the store is away. */
  readLayout(epoch: number): Promise<LayoutRecord | undefined>;
  status(): AgentStatus;
}

/** Makes the agent of one host; nothing happens before `start`. */
export function createAgent(options: AgentOptions): Agent {
  const { store, runtime, log } = options;
  const now = options.clock ?? (() => performance.now());
  const contact = new Contact(now, () => log.info({}, 'the coupling store answers again'));
  const calm = new Calm(now);
  const stops: (() => void)[] = [];
  let rereading: Promise<void> | undefined;
  /** Each host of many at its own moment. */
  const laterMs = 20 + (SPREAD_MS * (Number.parseInt(options.host.nonce.slice(-4), 16) || 0)) / 0xffff;
  let ticks = 0;
  let soon: NodeJS.Timeout | undefined;
  let orphaned = false;
  let open: (() => void) | undefined;
  let closed = false;

  const onFailure = (error: unknown): void => {
    if (!contact.away)
      log.warn({ error }, 'the coupling store cannot be reached: serving on with what is known');
    contact.failed();
    calm.failed();
  };
  const heartbeat = new Heartbeat({
    ...options,
    contact,
    calm,
    now,
    onFailure,
    onStir: () => void follower.follow(),
    acked: () => follower.acked,
    onFenced: () => {
      log.error({}, 'this process was fenced');
      options.onFenced?.();
    },
  });
  const follower = new Follower({
    ...options,
    contact,
    calm,
    now,
    onFailure,
    onNews: () => heartbeat.news(),
    onOpened: () => open?.(),
    onStopOrder: () => options.onStopOrder?.(),
    onRefused: () => options.onRefused?.(),
    onOrphaned: () => {
      if (orphaned) return;
      orphaned = true;
      log.warn({}, 'no layout and no driver has wanted this host for 30 s');
      options.onOrphaned?.();
    },
  });

  const reporter = new TrialReporter({ store, host: options.host, runtime, now });

  function tick(): void {
    const gapMs = contact.ticked();
    if (gapMs > LEASE_MS) options.onStandStill?.(gapMs);
    if (!calm.holds) void follower.follow();
    ticks += 1;
    if (ticks % TICKS_A_BEAT === 0) heartbeat.beat();
  }

  /** A4. A host that admits nothing is not waited for: it leaves the moment of a commit to the edges. */
  function onHint(hint: Hint): void {
    if (hint === 'outage') {
      follower.forgetTrial();
      heartbeat.beat(); // the lease has gone without for a while
    } else calm.hint();
    if (hint !== 'in-force' || options.host.kind === 'bundle') void follower.follow();
    else
      soon ??= setTimeout(() => {
        soon = undefined;
        void follower.follow();
      }, laterMs);
  }

  /** The renewal goes first: the read then shows all that was decided while our lease did not count. */
  async function reread(): Promise<void> {
    const done = Promise.all([heartbeat.renew(), follower.followAnew()]);
    const answered = await within(PATIENCE_MS, done);
    if (answered === undefined) onFailure(new Error(`no answer within ${PATIENCE_MS} ms`));
    rereading = undefined;
  }

  return {
    start: async () => {
      const polls = setInterval(tick, POLL_EVERY_MS);
      stops.push(
        () => clearInterval(polls),
        runtime.onTrial((on) => reporter.follow(on)),
        () => reporter.follow(false),
        store.watch(onHint),
        // roots are the admitters' (F8 of `follower.ts`)
        ...(options.host.kind === 'bundle' ? [runtime.onDrained(() => heartbeat.news())] : []),
        () => clearTimeout(soon),
      );
      void follower.follow(); // who asks it to stop meanwhile is answered by that
      // Nobody waits for a host without a lease: what it has read before it had one may be drained by now (E2).
      while (!closed && !((await heartbeat.renew()) && (await follower.followAnew())))
        await pause(POLL_EVERY_MS);
    },
    opened: async () => {
      if (!follower.inReserve || heartbeat.health === 'leaving') return;
      const opened = new Promise<void>((resolve) => (open = resolve));
      await within(PATIENCE_MS, heartbeat.setHealth('reserve'));
      await opened;
    },
    ready: async () => {
      await within(PATIENCE_MS, heartbeat.setHealth('ready'));
    },
    leave: async () => {
      open?.();
      await within(PATIENCE_MS, heartbeat.setHealth('leaving'));
    },
    close: async () => {
      closed = true;
      for (const stop of stops.splice(0)) stop();
      follower.stop();
      await within(PATIENCE_MS, heartbeat.close());
    },
    askToStop: () => follower.askToStop(),
    refuses: (nonce) => follower.refuses(nonce),
    beforeAdmit: () => {
      if (closed || !contact.leaseInDoubt || contact.knownAway) return rereading;
      rereading ??= reread();
      return rereading;
    },
    readLayout: (epoch) => store.readLayout(epoch),
    status: () => ({
      health: heartbeat.health,
      inReserve: follower.inReserve,
      epoch: runtime.current,
      storeReachable: !contact.away,
    }),
  };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the promise gives within that time; undefined when it is later. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
