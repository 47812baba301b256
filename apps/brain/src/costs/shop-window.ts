/** A few seconds of the whole shop as counts, from looks at its hosts. Pure. */
import {
  addBounds,
  addOperation,
  NO_OPERATION,
  quantileMs,
  scaleRates,
  totalOf,
  trafficOf,
  type CallWork,
  type HostLook,
} from '@atlas/brain-collector';
import { EDGE, type Counted, type CountedEdge, type HostWindow, type Measured } from '@atlas/brain-optimiser';
import type { Layout } from '@atlas/control-layout';

export interface ShopWindow {
  readonly layout: Layout;
  readonly hosts: readonly HostWindow[];
  readonly seconds: number;
  /** Answers of the edge, probes left out, and the time that they took, s. */
  readonly roots: number;
  readonly rootsS: number;
  /** Upper bound in seconds → answers that took no longer. */
  readonly upTo: Readonly<Record<string, number>>;
  readonly edges: readonly CountedEdge[];
  /** Timed calls between hosts, as callers and as callees saw them. */
  readonly sent: Timed;
  readonly served: Timed;
}

export interface Timed {
  readonly calls: number;
  readonly seconds: number;
}

const sumOf = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);

const timedOf = (calls: readonly CallWork[]): Timed => ({
  calls: sumOf(calls, ({ timed }) => timed),
  seconds: sumOf(calls, ({ seconds }) => seconds),
});

/** What the edge answered in these looks. */
function answersOf(looks: readonly HostLook[]): Pick<ShopWindow, 'roots' | 'rootsS' | 'upTo'> {
  const { requests, time, upTo } = looks
    .map(({ rates, work }) => totalOf(scaleRates(trafficOf(rates), work.seconds)))
    .reduce(addOperation, NO_OPERATION);
  return { roots: Math.round(requests), rootsS: time, upTo };
}

/** One host: all its looks. */
function hostOf(looks: readonly HostLook[]): HostWindow {
  const calls = looks.flatMap(({ work }) => work.calls);
  const total = (which: (call: CallWork) => boolean): number =>
    sumOf(calls.filter(which), (call) => call.calls);
  const local = ({ caller, remote }: CallWork): boolean => caller !== undefined && !remote;
  const received = ({ caller }: CallWork): boolean => caller === undefined;
  const handled = Map.groupBy(
    calls.filter((call) => local(call) || received(call)),
    ({ module, operation }) => `${module}.${operation}`,
  );
  return {
    seconds: sumOf(looks, ({ work }) => work.seconds),
    cpuS: sumOf(looks, ({ work }) => work.cpuS),
    roots: answersOf(looks).roots,
    handled: Object.fromEntries(
      [...handled].map(([name, those]) => [name, sumOf(those, (call) => call.calls)]),
    ),
    localCalls: total(local),
    sentCalls: total(({ caller, remote }) => caller !== undefined && remote),
    receivedCalls: total(received),
  };
}

/** Calls that name nobody of the shop are left out: a host's word is not believed for it. */
function edgesOf(calls: readonly CallWork[], modules: readonly string[]): CountedEdge[] {
  const edges = new Map<string, CountedEdge>();
  for (const { caller: from, module: to, operation, ...did } of calls) {
    if (from === undefined || !(from === EDGE || modules.includes(from)) || !modules.includes(to)) continue;
    const key = `${from} ${to}.${operation}`;
    const { calls: before = 0, timed = 0, seconds = 0 } = edges.get(key) ?? {};
    edges.set(key, {
      ...{ from, to, operation },
      calls: before + did.calls,
      timed: timed + did.timed,
      seconds: seconds + did.seconds,
    });
  }
  return [...edges.values()];
}

/** @param looks of the same hosts, a few each, while the layout was in force */
export function windowOf(layout: Layout, looks: readonly HostLook[], modules: readonly string[]): ShopWindow {
  const hosts = [...Map.groupBy(looks, ({ instance }) => instance).values()];
  const calls = looks.flatMap(({ work }) => work.calls);
  return {
    layout,
    hosts: hosts.map(hostOf),
    seconds: Math.max(0, ...hosts.map((own) => sumOf(own, ({ work }) => work.seconds))),
    ...answersOf(looks),
    edges: edgesOf(calls, modules),
    sent: timedOf(calls.filter(({ caller, remote }) => caller !== undefined && remote)),
    served: timedOf(calls.filter(({ caller }) => caller === undefined)),
  };
}

/** Of fewer answers, 1 in 100 means little. */
const LEAST_ANSWERS = 50;

/** What the edge measured. Windows in a row are put together until they have answers enough. @param windows of one shape */
export function measuredOf(windows: readonly ShopWindow[]): Measured[] {
  const measured: Measured[] = [];
  let sum = { seconds: 0, roots: 0, rootsS: 0, upTo: {} };
  for (const { layout, seconds, roots, rootsS, upTo } of windows) {
    sum = {
      seconds: sum.seconds + seconds,
      roots: sum.roots + roots,
      rootsS: sum.rootsS + rootsS,
      upTo: addBounds(sum.upTo, upTo),
    };
    const p99Ms = quantileMs(sum, 0.99);
    if (sum.roots < LEAST_ANSWERS || p99Ms === null) continue;
    measured.push({ layout, rps: sum.roots / sum.seconds, meanMs: (sum.rootsS / sum.roots) * 1_000, p99Ms });
    sum = { seconds: 0, roots: 0, rootsS: 0, upTo: {} };
  }
  return measured;
}

/** All windows together. */
export function countedOf(
  windows: readonly ShopWindow[],
  record: Pick<Counted, 'crashes' | 'days'>,
): Counted {
  const [sent, served] = (['sent', 'served'] as const).map((side) => ({
    calls: sumOf(windows, (window) => window[side].calls),
    seconds: sumOf(windows, (window) => window[side].seconds),
  }));
  const edges = Map.groupBy(
    windows.flatMap((window) => window.edges),
    ({ from, to, operation }) => `${from} ${to}.${operation}`,
  );
  const { calls = 0, seconds: callerS = 0 } = sent ?? {};
  // A call may be timed on one side in one window, on the other in the next: callees count by their mean.
  const calleeS = served && served.calls > 0 ? (served.seconds / served.calls) * calls : callerS;
  return {
    ...record,
    windows: windows.flatMap(({ hosts }) => hosts),
    roots: sumOf(windows, ({ roots }) => roots),
    rootsS: sumOf(windows, ({ rootsS }) => rootsS),
    edges: [...edges.values()].flatMap(([first, ...more]) =>
      first === undefined
        ? []
        : [
            more.reduce(
              (sum, { calls: each, timed, seconds }) => ({
                ...sum,
                calls: sum.calls + each,
                timed: sum.timed + timed,
                seconds: sum.seconds + seconds,
              }),
              first,
            ),
          ],
    ),
    remote: { calls, callerS, calleeS },
  };
}
