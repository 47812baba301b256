import type { AuditSink } from './audit.ts';
import { choose, type Choice, type ChooseInput } from './choose.ts';
import { Directory } from './directory.ts';
import { ExitEvidence } from './exit-evidence.ts';
import type { HostIdentity } from './host.ts';
import type { Connector, Link } from './link.ts';
import type { LoadedModules } from './module-registry.ts';
import { RetryBudget } from './retry-budget.ts';
import type { CallRequest, CallRouter, PendingCall } from './root.ts';
import { RoutedCall } from './routed-call.ts';
import type { StandbyGate } from './standby-gate.ts';
import { steadyNow } from './steady-clock.ts';
import { SuspectLine } from './suspects.ts';

/** Work that met a crashing host twice. */
export interface DeadLetter {
  readonly module: string;
  readonly operation: string;
  readonly rootId: string;
  readonly epoch: number;
  readonly key: string | undefined;
  readonly input: unknown;
}

export interface DispatcherOptions {
  readonly host: HostIdentity;
  readonly connector: Connector;
  readonly loaded: LoadedModules;
  readonly gate: StandbyGate;
  readonly audit: AuditSink | undefined;
  readonly onDeadLetter: (letter: DeadLetter) => void;
}

/** What the routed calls of one host share: the other instances, evidence, retry budgets, lines of suspects. */
export class Dispatcher implements CallRouter {
  readonly directory: Directory;
  readonly evidence = new ExitEvidence();
  readonly loaded: LoadedModules;
  readonly gate: StandbyGate;
  readonly instance: string;
  /** Calls that found nobody and wait for a link (C5 of `routed-call.ts`). */
  readonly stranded = new Set<RoutedCall>();
  readonly #options: DispatcherOptions;
  readonly #budgets = new Map<string, RetryBudget>();
  readonly #suspects = new Map<string, SuspectLine<RoutedCall>>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.loaded = options.loaded;
    this.gate = options.gate;
    this.instance = options.host.instance;
    this.directory = new Directory(options.host, options.connector, (link) => this.#linkChanged(link));
  }

  route(request: CallRequest): PendingCall {
    const { root } = request.call;
    const { module, operation, spec } = request;
    const watched = root.table.watchOf(module)?.begin(module, operation, spec);
    const call = new RoutedCall(this, request, root.table.routeOf(request.module), steadyNow());
    root.started(call);
    this.#budget(request.module).earn();
    watched?.(call.promise);
    call.advance();
    return call;
  }

  choose(input: ChooseInput): Choice {
    return choose(this.directory, input);
  }

  find(nonce: string): Link | undefined {
    return this.directory.find(nonce);
  }

  /** Pays for one retry of the call. */
  mayRetry(call: RoutedCall): boolean {
    return this.#budget(call.module).spend();
  }

  suspects(module: string): SuspectLine<RoutedCall> {
    let line = this.#suspects.get(module);
    if (line === undefined) {
      line = new SuspectLine(() => this.directory.services(module));
      this.#suspects.set(module, line);
    }
    return line;
  }

  /** Endpoints or links have changed. */
  poke(): void {
    for (const line of this.#suspects.values()) line.poke();
    for (const call of [...this.stranded]) call.unstrand(false);
  }

  deadLetter(call: RoutedCall): void {
    const { module, operation, input, call: live } = call.request;
    const { rootId, epoch, key } = live;
    this.#options.onDeadLetter({ module, operation, rootId, epoch, key, input });
  }

  auditServe(request: CallRequest): void {
    const { module, operation, call } = request;
    const { rootId, epoch, key } = call;
    this.#options.audit?.serve({ root: rootId, epoch, module, operation, key, instance: this.instance });
  }

  #linkChanged(link: Link): void {
    if (link.state === 'ready') {
      const { nonce, modules } = link.endpoint;
      this.evidence.sawAlive(nonce);
      for (const call of [...this.stranded]) if (modules.includes(call.module)) call.unstrand(true);
    }
    this.poke();
  }

  #budget(module: string): RetryBudget {
    let budget = this.#budgets.get(module);
    if (budget === undefined) {
      budget = new RetryBudget();
      this.#budgets.set(module, budget);
    }
    return budget;
  }
}
