import { PlatformError, type PlatformCode } from './errors.ts';
import type { Link, CallOutcome, Refusal } from './link.ts';
import { judgeLoss, type Evidence } from './poison.ts';
import { LiveCall, type CallRequest, type PendingCall } from './root.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { LocalOperation } from './module-registry.ts';
import type { Route } from './route.ts';
import type { PlaceWaiter } from './standby-gate.ts';
import { steadyNow } from './steady-clock.ts';
import { fromWire, type WireError } from './wire-error.ts';

/** How long a call whose caller has given up is still counted while its host does not answer. */
const ABANDONED_MS = 5_000;

/** Where the call is right now. */
type Phase =
  | { readonly at: 'start' }
  | { readonly at: 'host'; readonly nonce: string; cancel: () => void }
  | { readonly at: 'evidence'; readonly withdraw: () => void }
  | { readonly at: 'suspects' }
  | { readonly at: 'stranded' }
  | { readonly at: 'queue'; readonly turn: PlaceWaiter }
  | { readonly at: 'over' };

/** Shared by all calls: most meet one host, which answers, and need nothing of their own. */
const NOTHING = (): void => {};
const NOBODY: ReadonlySet<string> = new Set();
const START: Phase = { at: 'start' };
const STRANDED: Phase = { at: 'stranded' };
const OVER: Phase = { at: 'over' };

/**
 * One call that leaves the tight path: remote, canary or standby, with its retries.
 *
 * C1  The promise settles once, at the latest at the deadline (the earlier of the root's and the operation's).
 * C2  The root counts the call until its host has told an outcome, even when the caller has given up before.
 * C3  After a loss nothing is sent before there is evidence of what became of the host.
 * C4  Every retry of something that reached a host is paid from the module's budget.
 * C5  What could be sent to nobody waits until one that could not be reached can be again, or another is listed: a short
 *     cut between two hosts, or news that is late, costs time, no request.
 * C6  What is to run in the standby when that has no room waits for a place (G4 of `standby-gate.ts`).
 */
export class RoutedCall implements PendingCall, CallOutcome {
  readonly promise: Promise<unknown>;
  readonly request: CallRequest;
  readonly deadlineAt: number;
  /** Nonces that refused or lost the call, and are not asked again. */
  tried = NOBODY;
  /** Of these: what could not be reached, and may be reached again (C5). */
  #unreached = NOBODY;
  /** Suspicious ends of hosts that the call has met. */
  crashes = 0;
  instance = '';
  readonly #dispatcher: Dispatcher;
  readonly #route: Route | undefined;
  #phase = START;
  #settled = false;
  #resolve: (output: unknown) => void = NOTHING;
  #reject: (error: Error) => void = NOTHING;

  constructor(dispatcher: Dispatcher, request: CallRequest, route: Route | undefined, now: number) {
    this.request = request;
    this.#dispatcher = dispatcher;
    this.#route = route;
    this.deadlineAt = Math.min(request.call.deadlineAt, now + request.spec.deadlineMs);
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get module(): string {
    return this.request.module;
  }

  /** Sends the call to the best target that is left. */
  advance(): void {
    if (this.#settled) return this.#over();
    const { root } = this.request.call;
    if (this.#route === undefined)
      return this.fail('unavailable', `epoch ${root.table.epoch} does not name ${this.module}`);
    const choice = this.#dispatcher.choose({
      route: this.#route,
      module: this.module,
      rootId: root.id,
      tried: this.tried,
    });
    if (choice.kind === 'link') this.sendTo(choice.link);
    else if (choice.kind === 'local') this.#runHere(choice.standby);
    else this.#strand();
  }

  sendTo(link: Link): void {
    const { module, operation, input, call } = this.request;
    const { instance, nonce } = link.endpoint;
    this.instance = instance;
    // Set before sending: a link may tell the outcome at once.
    const phase: Phase = { at: 'host', nonce, cancel: NOTHING };
    this.#phase = phase;
    phase.cancel = link.send(
      {
        module,
        operation,
        input,
        rootId: call.rootId,
        epoch: call.epoch,
        deadlineAt: this.deadlineAt,
        traceparent: call.root.travellingTrace,
        key: call.key,
      },
      this,
    );
  }

  answered(output: unknown): void {
    if (!this.#settled) {
      this.#settled = true;
      this.#resolve(output);
    }
    this.#over();
  }

  failed(error: WireError): void {
    this.#settle(() => this.#reject(fromWire(error)));
    this.#over();
  }

  refused(reason: Refusal, message: string): void {
    if (this.#phase.at !== 'host') return;
    if (reason === 'overloaded') return this.fail('overloaded', message);
    const { nonce } = this.#phase;
    this.#avoid(nonce);
    if (reason === 'not_sent' && !this.#isReady(nonce)) this.#unreached = new Set(this.#unreached).add(nonce);
    if (this.#settled) return this.#over();
    if (reason === 'epoch_unknown' && !this.#dispatcher.mayRetry(this)) return this.fail(reason, message);
    if (this.crashes > 0) this.isolate();
    else this.advance();
  }

  lost(): void {
    if (this.#phase.at !== 'host') return;
    const { nonce } = this.#phase;
    if (this.#settled) return this.#over();
    const phase: Phase = { at: 'evidence', withdraw: () => {} };
    this.#phase = phase;
    const withdraw = this.#dispatcher.evidence.await(nonce, (evidence) => this.#judge(nonce, evidence));
    if (this.#phase === phase) this.#phase = { at: 'evidence', withdraw };
    // By another connection, made since its lease had lapsed: there will be no news of it.
    if (this.#isReady(nonce)) this.#dispatcher.evidence.sawAlive(nonce);
  }

  /** C5. */
  #strand(): void {
    this.#phase = STRANDED;
    this.#dispatcher.stranded.add(this);
    // While others were tried: there will be no news of it.
    if ([...this.#unreached].some((nonce) => this.#isReady(nonce))) this.unstrand(true);
  }

  #isReady(nonce: string): boolean {
    return this.#dispatcher.find(nonce)?.state === 'ready';
  }

  /** What it waits for may have come (C5). `again`: hosts that could not be reached before can be. */
  unstrand(again: boolean): void {
    this.#dispatcher.stranded.delete(this);
    if (again) this.#tryUnreached();
    this.advance();
  }

  #tryUnreached(): void {
    const unreached = this.#unreached;
    this.tried = new Set([...this.tried].filter((nonce) => !unreached.has(nonce)));
    this.#unreached = NOBODY;
  }

  /** Waits for its turn on another service instance; what could not be reached it has not met (L2 of `suspects.ts`). */
  isolate(): void {
    this.#phase = { at: 'suspects' };
    this.#tryUnreached();
    this.#dispatcher.suspects(this.module).join(this);
  }

  giveUp(code: 'deadline_exceeded' | 'cancelled'): void {
    const phase = this.#phase;
    if (phase.at === 'evidence') phase.withdraw();
    if (phase.at === 'stranded' && code === 'deadline_exceeded')
      return this.fail('unavailable', this.#unreachable());
    if (phase.at === 'queue') {
      this.#dispatcher.gate.withdraw(phase.turn);
      if (code === 'deadline_exceeded') return this.fail('overloaded', this.#noRoom());
    }
    const waiting = phase.at === 'evidence' || phase.at === 'suspects';
    const lost = waiting && code === 'deadline_exceeded';
    const truth = lost ? 'connection_lost' : code;
    this.#settle(() => this.#reject(new PlatformError(truth, `${this.#name()}: ${truth}`)));
    // Settled first: a call that still waits to be sent is refused at once, and would go elsewhere.
    if (phase.at === 'host') phase.cancel();
    else this.#over();
  }

  /** Ends the call for its caller and for its root. */
  fail(code: PlatformCode, message: string): void {
    this.#settle(() => this.#reject(new PlatformError(code, message)));
    this.#over();
  }

  sweep(now: number): void {
    if (!this.#settled && now >= this.deadlineAt) this.giveUp('deadline_exceeded');
    else if (now >= this.deadlineAt + ABANDONED_MS) this.#over();
  }

  #judge(nonce: string, evidence: Evidence): void {
    const verdict = judgeLoss(evidence, this.crashes);
    if (verdict === 'dead_letter') {
      this.#dispatcher.deadLetter(this);
      return this.fail('dead_letter', `${this.#name()} met a crashing host twice`);
    }
    if (!this.#dispatcher.mayRetry(this))
      return this.fail('connection_lost', `${this.#name()}: no retry is left in the budget`);
    const link = verdict === 'same_host' ? this.#dispatcher.find(nonce) : undefined;
    if (link !== undefined) return this.sendTo(link);
    this.#avoid(nonce);
    if (verdict === 'isolate' && evidence !== 'signal' && evidence !== 'retired') this.crashes += 1;
    if (verdict === 'isolate' || this.crashes > 0) this.isolate();
    else this.advance();
  }

  /** Canary remainder or standby, in this very host. */
  #runHere(standby: boolean): void {
    const { gate, loaded } = this.#dispatcher;
    const { module, operation, call } = this.request;
    const local = loaded.find(module, operation);
    if (local === undefined) return this.fail('unavailable', `${this.#name()} is not loaded here`);
    const place = standby && !call.standby;
    if (!place || gate.enter()) return this.#run(local, standby || call.standby, place);
    const turn = {
      placed: () => (steadyNow() < this.deadlineAt ? this.#run(local, true, true) : this.#tooLate()),
      turnedAway: () => this.fail('overloaded', this.#noRoom()),
    };
    this.#phase = { at: 'queue', turn };
    if (!gate.wait(turn)) turn.turnedAway();
  }

  /** Its turn has come when its time was over, and nobody had swept it yet. */
  #tooLate(): void {
    this.#dispatcher.gate.leave();
    this.fail('overloaded', this.#noRoom());
  }

  /** The caller's promise is bounded, the handler is counted (C2). `place`: it has one of the gate, and gives it back. */
  #run(local: LocalOperation, standby: boolean, place: boolean): void {
    const dispatcher = this.#dispatcher;
    const { request } = this;
    const { root, key } = request.call;
    this.instance = dispatcher.instance;
    this.#phase = { at: 'host', nonce: '', cancel: NOTHING };
    dispatcher.auditServe(request);
    const done = (end: () => void): void => {
      this.#settle(end);
      this.#over();
      if (place) dispatcher.gate.leave();
    };
    // A handler that throws instead of rejecting must not keep its place.
    const call = new LiveCall(root, key, standby);
    const run = async (): Promise<unknown> => local.handler(request.input, call);
    run().then(
      (output) => done(() => this.#resolve(output)),
      (error: unknown) => done(() => this.#reject(error as Error)),
    );
  }

  #avoid(nonce: string): void {
    this.tried = new Set(this.tried).add(nonce);
  }

  #settle(end: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    end();
  }

  #over(): void {
    if (this.#phase.at === 'over') return;
    if (this.#phase.at === 'stranded') this.#dispatcher.stranded.delete(this);
    this.#phase = OVER;
    if (this.crashes > 0) this.#dispatcher.suspects(this.module).leave(this);
    this.request.call.root.settled(this);
  }

  #unreachable(): string {
    return `no instance for ${this.module} can be reached`;
  }

  #noRoom(): string {
    return `the standby of ${this.module} has no room`;
  }

  #name(): string {
    return `${this.request.module}.${this.request.operation}`;
  }
}
