/**
 * Hosts as local processes.
 *
 * D1  (instance, nonce) is in the store before the spawn, pid and start time right after it: whatever crashes in
 *     between, no host runs that the books do not name.
 * D2  A pid is signalled only if its start time is the recorded one.
 * D3  A host leaves the books only after the evidence of its end is in the store.
 * D4  Hosts outlive the driver. A new driver adopts a host only by pid and start time, which the lease that carries the
 *     recorded nonce may tell, live or not; an adopted host's end has cause `unknown`, which counts as possible poison.
 * D5  Nothing is spawned while there is an obstacle, such as another build on disk than the stack was started with.
 * D6  A switcher that has lost the lead, e.g. while it was frozen, spawns, names and signals nobody (E3): it asks itself
 *     at the very last moment. What it has ordered lapses then; whoever leads orders it anew.
 * D7  A blank spare knows no secret. It becomes a service under a new name and nonce, which are in the store before it is
 *     told anything; it ends with the switcher that started it, or with that one's lead, so nobody adopts it.
 * D8  A host that hangs is refused by the store before it is killed: its sessions end, and it is nobody's host any more
 *     whatever becomes of its process.
 * D9  An order to stop is in the books before the signal, which only tells the host to look: it obeys the leader of now.
 * D10 An order is taken back when another host has ended while it was written down: whoever gave it did not know, and
 *     would perhaps stop the last of its kind (E2).
 *     Of a bundle in reserve it is taken back whenever that happens: it is the next to be opened, and nobody counts on it
 *     to leave.
 * D11 So is one that its host has refused, and rightly: another layout, or the end of another host, came in between. It
 *     serves on, and the next look decides anew. Only who is silent, or leaves and does not end, is killed.
 * D12 An order that is none is struck out of the books, also when it is not known whether it got there: others would take
 *     its host for one that leaves, and refuse to stop in its stead for as long as this switcher leads.
 * D13 So is its row, with whatever is known of it, as long as nobody has said that it was: its pid, how long it is kept,
 *     that it is opened. The host may have read it, and a bundle that accepts does not go back to the reserve.
 */
import type { ExitRecord, HostRecord } from '@atlas/control-store';
import type { Obstacle } from '../machine/index.ts';
import {
  STOP_DEADLINE_MS,
  type DrivenHost,
  type HostLedger,
  type RuntimeDriver,
} from '../ports/runtime-driver.ts';
import type { AppRecipe, OperatingSystem, SpawnedProcess, SpawnOptions } from '../ports/operating-system.ts';
import { AdoptedHosts } from './adopted-hosts.ts';
import { exitCause } from './exit-cause.ts';
import { HeldHosts, keyOf } from './held-hosts.ts';
import { passed } from '../passed.ts';
import { realSystem } from './real-system.ts';
import { Spares } from './spares.ts';
import { StopOrders } from './stop-orders.ts';

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

const UNSPAWNED_GRACE_MS = 10_000;

export class ProcessDriver implements RuntimeDriver {
  readonly #options: ProcessDriverOptions;
  readonly #system: OperatingSystem;
  readonly #held = new HeldHosts();
  readonly #spares: Spares;
  readonly #orders: StopOrders;
  readonly #adopted: AdoptedHosts;
  #obstacle: string | null = null;
  #closed = false;

  constructor(options: ProcessDriverOptions) {
    const { ledger, say, bundle, spare, system = realSystem } = options;
    const { stopDeadlineMs: deadlineMs = STOP_DEADLINE_MS, unspawnedGraceMs = UNSPAWNED_GRACE_MS } = options;
    this.#options = options;
    this.#system = system;
    this.#spares = new Spares({ never: [bundle, spare], ledger, say }, this.#held);
    this.#orders = new StopOrders({ ledger, system, say, deadlineMs }, this.#held);
    const ended = (record: HostRecord, cause: ExitRecord['cause']) => this.#ended(record, cause);
    this.#adopted = new AdoptedHosts({ ledger, system, say, unspawnedGraceMs, ended }, this.#held);
  }

  hosts(): readonly DrivenHost[] {
    return this.#held.driven();
  }

  get ended(): number {
    return this.#held.ended;
  }

  onChange(listener: () => void): () => void {
    return this.#held.onChange(listener);
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
    if (news) this.#held.changed();
    return found !== null;
  }

  async start(app: string, instance: string, reserve?: true): Promise<void> {
    const recipe = this.#options.recipes[app];
    if (!recipe) throw new Error(`there is no app "${app}" to start`);
    if (await this.#hindered()) return;
    if (this.hosts().some((host) => host.instance === instance)) return;
    const nonce = this.#system.nonce();
    const createdAt = this.#options.ledger.now();
    const purpose = app === this.#options.spare ? 'spare' : reserve ? 'reserve' : 'serving';
    const blank: HostRecord = { instance, nonce, app, pid: null, pidStartedAt: null, createdAt, purpose };
    const spawn = this.#spawnOptions(blank, recipe);
    const spare = this.#spares.takeFor(app);
    if (spare) return this.#spares.become(spare, app, spawn, blank);
    this.#held.put({ record: blank, state: 'running', own: true });
    const askedAt = performance.now();
    try {
      await passed('driver.record');
      await this.#options.ledger.record(blank);
    } catch (error) {
      await this.#ended(blank, 'retired'); // it may stand in the books, or come to stand there
      throw error;
    }
    await this.#spawn(blank, spawn, askedAt);
  }

  #spawnOptions({ instance, nonce, app }: HostRecord, recipe: AppRecipe): SpawnOptions {
    const { logsDir, lifelineFd, bundle, instanceEnv, ledger } = this.#options;
    const edgeFd = app === bundle ? this.#options.edgeFd : undefined;
    const own = { ...recipe, env: { ...recipe.env, ...instanceEnv?.[instance] } };
    const mayStill = (): boolean => ledger.leads(); // D6
    return { recipe: own, instance, nonce, logsDir, lifelineFd, edgeFd, mayStill };
  }

  async #spawn(blank: HostRecord, options: SpawnOptions, askedAt: number): Promise<void> {
    const { instance, nonce } = blank;
    const { ledger, say } = this.#options;
    let child: SpawnedProcess | undefined;
    try {
      await passed('driver.spawn');
      const onBlank = (): void => void (child && this.#spares.isBlank(child));
      child = await this.#system.spawn(blank.purpose === 'spare' ? { ...options, onBlank } : options);
    } catch (error) {
      say('host could not be spawned', { instance, error: String(error) });
      await this.#ended(blank, 'exit');
      return;
    }
    if (!child) return this.#held.drop(keyOf(blank)); // D6
    this.#follow(child, blank);
    const pid = child.pid ?? null;
    const pidStartedAt = pid === null ? null : ((await this.#system.startTime(pid)) ?? null);
    const held = this.#held.get(keyOf(blank));
    const record = { ...(held?.record ?? blank), pid, pidStartedAt };
    if (held?.state === 'running') this.#held.put({ ...held, record });
    say('host started', { instance, nonce, pid, ms: Math.ceil(performance.now() - askedAt) });
    await passed('driver.spawned');
    if (!this.#held.has(keyOf(blank))) return;
    await this.#held.write(record, ledger);
    if (!this.#held.has(keyOf(blank))) await ledger.ended({ instance, nonce, cause: 'exit' });
  }

  #follow(child: SpawnedProcess, record: HostRecord): void {
    this.#spares.named(child, record);
    child.once('exit', (code, signal) => {
      this.#spares.ended(child);
      void this.#childEnded(this.#spares.keyOf(child), code, signal);
    });
    if (child.exitCode === null && child.signalCode === null) return;
    // It ended before anybody listened.
    void this.#childEnded(keyOf(record), child.exitCode, child.signalCode);
  }

  async #childEnded(key: string, code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    const held = this.#held.get(key);
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
    this.#orders.over(keyOf(record));
    const own = this.#held.get(keyOf(record))?.own ?? false;
    this.#held.put({ record, state: 'gone', own, cause });
    this.#orders.spareReserves(record.app);
    await this.#strike(keyOf(record)).catch(() => undefined);
  }

  async #strike(key: string): Promise<void> {
    const held = this.#held.get(key);
    if (held?.cause === undefined) return;
    const { instance, nonce } = held.record;
    await this.#options.ledger.ended({ instance, nonce, cause: held.cause });
    this.#held.drop(key);
  }

  async settle(): Promise<void> {
    if (this.#obstacle !== null) await this.#hindered();
    for (const { record } of this.#held.all()) await this.#strike(keyOf(record));
    await this.#orders.settle();
  }

  stop(instance: string, nonce: string): Promise<void> {
    return this.#orders.stop(instance, nonce);
  }

  async keep(instance: string, nonce: string, until: number): Promise<void> {
    const kept = await this.#enter({ instance, nonce }, ({ purpose }) => ({
      purpose: purpose === 'reserve' ? purpose : 'keep_warm',
      keptUntil: until,
    }));
    if (kept) this.#options.say('host kept warm', { instance, nonce, until });
  }

  async open(instance: string, nonce: string): Promise<void> {
    if (this.#held.get(keyOf({ instance, nonce }))?.record.purpose !== 'reserve') return;
    const opened = await this.#enter({ instance, nonce }, () => ({ purpose: 'serving' }));
    if (opened) this.#options.say('bundle opened', { instance, nonce });
  }

  /** Changes what is known of a host that runs, and what the books say; false: it does not run (any more). */
  async #enter(
    id: Pick<HostRecord, 'instance' | 'nonce'>,
    change: (record: HostRecord) => Partial<HostRecord>,
  ): Promise<boolean> {
    const held = this.#held.get(keyOf(id));
    if (held?.state !== 'running') return false;
    const record = { ...held.record, ...change(held.record) };
    this.#held.put({ ...held, record });
    await this.#held.write(record, this.#options.ledger);
    return this.#held.get(keyOf(id))?.state === 'running';
  }

  kill(instance: string, nonce: string): Promise<void> {
    return this.#orders.kill(instance, nonce);
  }

  async adopt(records: readonly HostRecord[]): Promise<void> {
    for (const record of records) {
      if (this.#held.has(keyOf(record))) {
        this.#held.note(record);
        continue;
      }
      if (record.purpose === 'spare') {
        await this.#options.ledger.forget(record.instance, record.nonce); // D7
        continue;
      }
      await this.#adopted.adopt(record);
    }
    this.#adopted.watch();
  }

  /** D6, D7. */
  standDown(): void {
    this.#orders.lapseAll();
    this.#spares.dismissAll();
  }

  close(): void {
    this.#closed = true;
    this.#orders.close();
    this.#adopted.close();
    this.#held.close();
  }
}
