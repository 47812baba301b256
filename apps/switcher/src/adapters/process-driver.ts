/**
 * Hosts as local processes.
 *
 * D1  (instance, nonce) is in the store before the spawn, pid and start time right after it: whatever crashes in
 *     between, no host runs that the books do not name.
 * D2  A pid is signalled only if its start time is the recorded one.
 * D3  A host leaves the books only after the evidence of its end is in the store.
 * D4  Hosts outlive the driver. A new driver adopts a host only by pid and start time, or by a live lease that carries
 *     the recorded nonce; an adopted host's end has cause `unknown`, which counts as possible poison.
 * D5  Nothing is spawned while there is an obstacle, such as another build on disk than the stack was started with.
 * D6  A switcher that was frozen and has lost the lead meanwhile signals nobody (E3).
 * D7  A blank spare knows no secret. It becomes a service under a new name and nonce, which are in the store before it is
 *     told anything; it ends with the switcher that started it, so nobody adopts it.
 */
import type { ExitRecord, HostRecord } from '@atlas/control-store';
import type { Obstacle } from '../machine/index.ts';
import {
  STOP_DEADLINE_MS,
  type DrivenHost,
  type HostLedger,
  type RuntimeDriver,
} from '../ports/runtime-driver.ts';
import type { AppRecipe, OperatingSystem, SpawnedProcess } from '../ports/operating-system.ts';
import { exitCause } from './exit-cause.ts';
import { passed } from '../passed.ts';
import { realSystem } from './real-system.ts';

export interface ProcessDriverOptions {
  readonly recipes: Readonly<Record<string, AppRecipe>>;
  /** App that gets the edge socket. */
  readonly bundle: string;
  /** App whose processes start blank and become any service; absent: there are no spares. */
  readonly spare?: string | undefined;
  /** Instance → variables that override those of its app. */
  readonly instanceEnv?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  readonly logsDir: string;
  readonly lifelineFd?: number | undefined;
  readonly edgeFd?: number | undefined;
  readonly ledger: HostLedger;
  /** Why nothing may be spawned now (D5), one sentence; null when it may. By default it always may. */
  readonly obstacle?: () => Promise<string | null>;
  /** One line for the log. */
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
  readonly stopDeadlineMs?: number;
  /** How long a recorded host without a pid may take to show a lease before it is given up, ms. */
  readonly unspawnedGraceMs?: number;
  /** Where processes run; this machine by default. */
  readonly system?: OperatingSystem;
}

/** How often adopted hosts, which are no children, are looked after, ms. */
const WATCH_EVERY_MS = 250;
const UNSPAWNED_GRACE_MS = 10_000;

interface Held {
  readonly record: HostRecord;
  readonly state: DrivenHost['state'];
  readonly own: boolean;
  /** It said that it has loaded everything; it can be told what to become. */
  readonly spare?: SpawnedProcess;
  /** Killed because it hung in its start. */
  readonly hung?: true;
  /** Set once it has ended. */
  readonly cause?: ExitRecord['cause'];
}

const keyOf = ({ instance, nonce }: { instance: string; nonce: string }): string => `${instance}:${nonce}`;

export class ProcessDriver implements RuntimeDriver {
  readonly kind = 'process';
  readonly apps: readonly string[];
  readonly #options: ProcessDriverOptions;
  readonly #system: OperatingSystem;
  readonly #held = new Map<string, Held>();
  readonly #listeners = new Set<() => void>();
  readonly #killers = new Map<string, NodeJS.Timeout>();
  /** Under which name each child runs now: a spare's changes once. */
  readonly #names = new WeakMap<SpawnedProcess, string>();
  #watch: NodeJS.Timeout | undefined;
  #obstacle: string | null = null;
  #closed = false;

  constructor(options: ProcessDriverOptions) {
    this.#options = options;
    this.#system = options.system ?? realSystem;
    this.apps = Object.keys(options.recipes);
  }

  hosts(): readonly DrivenHost[] {
    return [...this.#held.values()].map(({ record, state, spare }) => {
      const { instance, nonce, app, purpose, pid, pidStartedAt, createdAt, keptUntil = null } = record;
      return {
        instance,
        nonce,
        app,
        purpose,
        keptUntil,
        pid,
        pidStartedAt,
        createdAt,
        state,
        blank: spare !== undefined,
      };
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  obstacle(): Obstacle | null {
    return this.#obstacle === null ? null : { code: 'build_mismatch', detail: this.#obstacle };
  }

  /** D5. Says an obstacle once. */
  async #hindered(): Promise<boolean> {
    const found = (await this.#options.obstacle?.()) ?? null;
    if (found !== null && found !== this.#obstacle)
      this.#options.say('no host can be started', { why: found });
    const news = found !== this.#obstacle;
    this.#obstacle = found;
    if (news) this.#changed();
    return found !== null;
  }

  async start(app: string, instance: string): Promise<void> {
    const recipe = this.#options.recipes[app];
    if (!recipe) throw new Error(`there is no app "${app}" to start`);
    if (await this.#hindered()) return;
    if (this.hosts().some((host) => host.instance === instance)) return;
    const askedAt = performance.now();
    const nonce = this.#system.nonce();
    const createdAt = this.#options.ledger.now();
    const blank: HostRecord = {
      instance,
      nonce,
      app,
      pid: null,
      pidStartedAt: null,
      createdAt,
      purpose: app === this.#options.spare ? 'spare' : 'serving',
    };
    const spare = this.#takeSpareFor(app);
    if (spare) return this.#become(spare, blank, recipe, askedAt);
    this.#put({ record: blank, state: 'running', own: true });
    try {
      await passed('driver.record');
      await this.#options.ledger.record(blank);
    } catch (error) {
      this.#held.delete(keyOf(blank));
      this.#changed();
      throw error;
    }
    await this.#spawn(blank, recipe, askedAt);
  }

  async #spawn(blank: HostRecord, recipe: AppRecipe, askedAt: number): Promise<void> {
    const { instance, nonce, app } = blank;
    const { logsDir, lifelineFd, bundle, ledger, say } = this.#options;
    const edgeFd = app === bundle ? this.#options.edgeFd : undefined;
    const own = { ...recipe, env: { ...recipe.env, ...this.#options.instanceEnv?.[instance] } };
    let child: SpawnedProcess;
    try {
      await passed('driver.spawn');
      const onBlank = blank.purpose === 'spare' ? (): void => this.#isBlank(child) : undefined;
      child = await this.#system.spawn({
        recipe: own,
        instance,
        nonce,
        logsDir,
        lifelineFd,
        edgeFd,
        onBlank,
      });
    } catch (error) {
      say('host could not be spawned', { instance, error: String(error) });
      await this.#ended(blank, 'exit');
      return;
    }
    this.#names.set(child, keyOf(blank));
    child.once('exit', (code, signal) => void this.#childEnded(this.#names.get(child), code, signal));
    if (child.exitCode !== null || child.signalCode !== null) {
      // It ended before anybody listened.
      await this.#childEnded(keyOf(blank), child.exitCode, child.signalCode);
    }
    const pid = child.pid ?? null;
    const pidStartedAt = pid === null ? null : ((await this.#system.startTime(pid)) ?? null);
    const record = { ...blank, pid, pidStartedAt };
    const held = this.#held.get(keyOf(blank));
    if (held?.state === 'running') this.#put({ ...held, record });
    say('host started', { instance, nonce, pid, ms: Math.ceil(performance.now() - askedAt) });
    await passed('driver.spawned');
    if (!this.#held.has(keyOf(blank))) return;
    await ledger.record(record);
    if (!this.#held.has(keyOf(blank))) await ledger.ended({ instance, nonce, cause: 'exit' });
  }

  /** It has loaded everything, which is the only thing that a spare says. */
  #isBlank(child: SpawnedProcess): void {
    const held = this.#held.get(this.#names.get(child) ?? '');
    if (held?.record.purpose === 'spare') this.#put({ ...held, spare: child });
  }

  #takeSpareFor(app: string): Required<Pick<Held, 'record' | 'spare'>> | undefined {
    if (app === this.#options.bundle || app === this.#options.spare) return undefined;
    for (const [key, { record, state, spare }] of this.#held) {
      if (state !== 'running' || !spare) continue;
      this.#held.delete(key);
      return { record, spare };
    }
    return undefined;
  }

  /** D7. */
  async #become(
    { record: before, spare }: Required<Pick<Held, 'record' | 'spare'>>,
    named: HostRecord,
    recipe: AppRecipe,
    askedAt: number,
  ): Promise<void> {
    const { ledger, say, logsDir, lifelineFd } = this.#options;
    const { instance, nonce, app } = named;
    const record = { ...named, pid: before.pid, pidStartedAt: before.pidStartedAt };
    this.#names.set(spare, keyOf(record));
    this.#put({ record, state: 'running', own: true });
    try {
      await passed('driver.record');
      await ledger.record(record);
    } catch (error) {
      this.#held.delete(keyOf(record));
      this.#names.set(spare, keyOf(before));
      this.#put({ record: before, state: 'running', own: true, spare });
      throw error;
    }
    await passed('driver.spawn');
    if (this.#held.get(keyOf(record))?.state !== 'running') return;
    const own = { ...recipe, env: { ...recipe.env, ...this.#options.instanceEnv?.[instance] } };
    // One that cannot be told any more is about to end, which is noticed by itself.
    spare.become?.(app, { recipe: own, instance, nonce, logsDir, lifelineFd, edgeFd: undefined });
    const ms = Math.ceil(performance.now() - askedAt);
    say('host started', { instance, nonce, pid: record.pid, ms, spare: before.instance });
    await passed('driver.spawned');
    await ledger.forget(before.instance, before.nonce);
  }

  async #childEnded(
    key: string | undefined,
    code: number | null,
    signal: NodeJS.Signals | null,
  ): Promise<void> {
    const held = this.#held.get(key ?? '');
    if (this.#closed || !held || held.state === 'gone') return;
    const { instance, nonce } = held.record;
    const lease = this.#options.ledger.lastLease(instance, nonce);
    const asked = held.state === 'stopping';
    const hung = held.hung === true;
    const { rssMb, memoryLimitMb } = lease ?? {};
    const cause = exitCause({ code, signal, asked, hung, rssMb, memoryLimitMb });
    this.#options.say('host ended', { instance, nonce, code, signal, cause });
    await this.#ended(held.record, cause);
  }

  /** D3: books and evidence; when the store is away `settle` tries again. */
  async #ended(record: HostRecord, cause: ExitRecord['cause']): Promise<void> {
    clearTimeout(this.#killers.get(keyOf(record)));
    this.#killers.delete(keyOf(record));
    const own = this.#held.get(keyOf(record))?.own ?? false;
    this.#put({ record, state: 'gone', own, cause });
    await this.#strike(keyOf(record)).catch(() => undefined);
  }

  async #strike(key: string): Promise<void> {
    const held = this.#held.get(key);
    if (held?.cause === undefined) return;
    const { instance, nonce } = held.record;
    await this.#options.ledger.ended({ instance, nonce, cause: held.cause });
    this.#held.delete(key);
    this.#changed();
  }

  async settle(): Promise<void> {
    if (this.#obstacle !== null) await this.#hindered();
    for (const key of [...this.#held.keys()]) await this.#strike(key);
  }

  async stop(instance: string, nonce: string): Promise<void> {
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (held?.state !== 'running' || held.record.pid === null) return;
    await passed('driver.stop');
    if (!this.#options.ledger.leads()) return;
    this.#put({ ...held, state: 'stopping' });
    this.#options.say('host told to stop', { instance, nonce });
    await this.#signal(held.record, 'SIGTERM');
    const kill = setTimeout(
      () => void this.#signal(held.record, 'SIGKILL'),
      this.#options.stopDeadlineMs ?? STOP_DEADLINE_MS,
    );
    this.#killers.set(keyOf(held.record), kill.unref());
  }

  async keep(instance: string, nonce: string, until: number): Promise<void> {
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (held?.state !== 'running') return;
    const record: HostRecord = { ...held.record, purpose: 'keep_warm', keptUntil: until };
    await this.#options.ledger.record(record);
    const now = this.#held.get(keyOf(record));
    if (now?.state !== 'running') return;
    this.#options.say('host kept warm', { instance, nonce, until });
    this.#put({ ...now, record: { ...now.record, purpose: 'keep_warm', keptUntil: until } });
  }

  async kill(instance: string, nonce: string): Promise<void> {
    const held = this.#held.get(keyOf({ instance, nonce }));
    if (!held || held.state === 'gone') return;
    const { pid } = held.record;
    if (!held.hung) {
      this.#options.say('host hangs in its start; it is killed', { instance, nonce, pid });
      this.#put({ ...held, hung: true });
    }
    await passed('driver.kill');
    if (!this.#options.ledger.leads()) return;
    await this.#signal(held.record, 'SIGKILL');
  }

  /** D2. */
  async #signal({ pid, pidStartedAt }: HostRecord, signal: NodeJS.Signals): Promise<void> {
    if (pid !== null && pidStartedAt !== null)
      await this.#system.signal({ pid, startTime: pidStartedAt }, signal);
  }

  async adopt(records: readonly HostRecord[]): Promise<void> {
    for (const record of records) {
      if (this.#held.has(keyOf(record))) continue;
      if (record.purpose === 'spare') {
        await this.#options.ledger.forget(record.instance, record.nonce); // D7
        continue;
      }
      await passed('driver.adopt');
      await this.#adopt(record);
    }
    this.#watch ??= setInterval(() => void this.#lookAfter(), WATCH_EVERY_MS).unref();
  }

  async #adopt(record: HostRecord): Promise<void> {
    const { instance, nonce, pid } = record;
    this.#put({ record, state: 'running', own: false });
    const alive = pid === null || (await this.#system.startTime(pid)) === record.pidStartedAt;
    this.#options.say(alive ? 'host adopted' : 'recorded host is gone', { instance, nonce, pid });
    if (!alive) await this.#ended(record, 'unknown');
  }

  /** Adopted hosts, which end without telling us. */
  async #lookAfter(): Promise<void> {
    for (const held of [...this.#held.values()]) {
      if (this.#closed) return;
      if (held.own || held.state === 'gone') continue;
      const { pid, pidStartedAt } = held.record;
      if (pid === null) await this.#find(held);
      else if ((await this.#system.startTime(pid)) !== pidStartedAt) {
        const { instance, nonce } = held.record;
        this.#options.say('adopted host ended', { instance, nonce });
        await this.#ended(held.record, held.state === 'stopping' ? 'retired' : 'unknown');
      }
    }
  }

  /** D4, D1: the switcher died between record and spawn, or right after it. Its lease tells, or its silence does. */
  async #find(held: Held): Promise<void> {
    const { record } = held;
    const { ledger, say, unspawnedGraceMs } = this.#options;
    const lease = ledger.lastLease(record.instance, record.nonce);
    const startedAt = lease === undefined ? undefined : await this.#system.startTime(lease.pid);
    if (lease?.live && startedAt !== undefined) {
      const found = { ...record, pid: lease.pid, pidStartedAt: startedAt };
      this.#put({ ...held, record: found });
      say('host found by its lease', { instance: record.instance, nonce: record.nonce, pid: lease.pid });
      await ledger.record(found).catch(() => undefined);
    } else if (ledger.now() - record.createdAt > (unspawnedGraceMs ?? UNSPAWNED_GRACE_MS)) {
      const refused = await ledger.refuse(record.instance, record.nonce).then(
        () => true,
        () => false,
      );
      if (refused) await this.#ended(record, 'unknown');
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watch);
    for (const killer of this.#killers.values()) clearTimeout(killer);
    this.#listeners.clear();
  }

  #put(held: Held): void {
    this.#held.set(keyOf(held.record), held);
    this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
