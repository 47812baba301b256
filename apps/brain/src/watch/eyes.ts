/**
 * What the brain asks of the running stack: its hosts from the run file, their metrics, the switcher's status, and what
 * a switch would do. It changes nothing.
 */
import type { Target } from '@atlas/brain-collector';
import type { PlanAnswer, Status } from '@atlas/control-api';
import { BUNDLE, type Layout } from '@atlas/control-layout';
import { readRunFile } from '@atlas/platform-stack';
import { autonomyOf } from './autonomy.ts';
import { textOf } from './text-of.ts';
import type { Shape } from './thought.ts';
import type { Control } from './voice.ts';

/** A host's answer is of use until then: it is late when the host is overloaded, and that is worth knowing, ms. */
const METRICS_WITHIN_MS = 4_000;

export interface Eyes {
  /** Hosts that run now. Keeps the last known ones while the run file cannot be read. */
  targets(): Promise<readonly Target[]>;
  /** A host's metrics; rejects after 4 s. */
  metrics(target: Target): Promise<string>;
  /** The shape in force; undefined when the switcher does not answer, or nothing is in force. */
  shape(): Promise<Shape | undefined>;
  /** What the switcher would do for this layout, and why it would refuse; rejects when it does not say so in time. */
  plan(to: Layout): Promise<Plan>;
}

export interface OpenEyes extends Eyes {
  /** Where the switcher is, as the run file said last. */
  readonly control: Control;
}

/** A dry run: what a move would start and stop, and why it would be refused. */
export type Plan = Pick<PlanAnswer, 'starts' | 'stops' | 'moves' | 'refusals'>;

/**
 * Placed as a service, and no process of it is well. Where many fell silent together, the store or the switcher is taken
 * to be ill: those that are silent have not crashed then, as far as anybody knows.
 */
export function crashedOf({ layout, hosts, frozen }: Pick<Status, 'layout' | 'hosts' | 'frozen'>): string[] {
  const isWell = ({ health }: Status['hosts'][number]): boolean =>
    health === 'ready' || (frozen && health === 'silent');
  const well = new Set(hosts.filter(isWell).map(({ app }) => app));
  return Object.entries(layout?.placements ?? {})
    .filter(([module, placement]) => placement === 'service' && !well.has(module))
    .map(([module]) => module)
    .sort();
}

/** What needs no start any more. */
const WARM: readonly string[] = ['ready', 'reserve'];

/** Module → ready instances of its service; and bundles, those in reserve included. */
function readyOf({ layout, hosts }: Pick<Status, 'layout' | 'hosts'>): Record<string, number> {
  const modules = Object.keys(layout?.placements ?? {});
  const ready: Record<string, number> = Object.fromEntries([BUNDLE, ...modules].map((name) => [name, 0]));
  for (const { app, health, stopping } of hosts) {
    if (!WARM.includes(health) || stopping) continue;
    const name = modules.includes(app) ? app : BUNDLE;
    ready[name] = (ready[name] ?? 0) + 1;
  }
  return ready;
}

/** Where a switch is that is not committed yet. */
const BEFORE_COMMIT: readonly string[] = ['planned', 'preparing', 'committing'];

/** Where a switch is that may still be taken back. */
const BEFORE_END: readonly string[] = [...BEFORE_COMMIT, 'aborting', 'routed-wait', 'trial'];

const isUnsettled = ({ hosts, switches }: Pick<Status, 'hosts' | 'switches'>): boolean =>
  hosts.some(({ health }) => health === 'starting') ||
  switches.some(({ phase }) => BEFORE_END.includes(phase));

/** The newest switch that is being undone, or was: its revert is open for as long as the old epoch drains. */
function revertedOf({ layout, switches }: Pick<Status, 'layout' | 'switches'>): Shape['reverted'] {
  const failed = switches.findLast(({ trial }) => trial?.verdict === 'failed');
  if (layout === null || failed === undefined || failed.epoch === null) return undefined;
  const { epoch: _epoch, mode: _mode, ...rest } = layout;
  const { epoch, toPlacements: placements, toInstances: instances } = failed;
  return { epoch, layout: { ...rest, canary: {}, placements, instances } };
}

export function shapeOf(status: Status): Shape | undefined {
  if (status.layout === null || !status.store.contact) return undefined;
  const { epoch, mode: _mode, ...layout } = status.layout;
  const next = status.switches.find(({ phase }) => BEFORE_COMMIT.includes(phase));
  const coming = next && {
    ...layout,
    canary: {},
    placements: next.toPlacements,
    instances: next.toInstances,
  };
  const autonomy = autonomyOf(status.autonomy);
  const reverted = revertedOf(status);
  const shape = {
    epoch,
    layout,
    crashed: crashedOf(status),
    ready: readyOf(status),
    coming: coming ?? null,
    autonomy,
    ...(isUnsettled(status) && { unsettled: true }),
  };
  return reverted ? { ...shape, reverted } : shape;
}

export interface EyesParts {
  readonly home: string;
  /** Of the bundle and the modules: other processes are no hosts. */
  readonly apps: readonly string[];
  /** The brain's, for the control API. */
  readonly token: string;
}

export function openEyes({ home, apps, token }: EyesParts): OpenEyes {
  let known: readonly Target[] = [];
  let control = { url: '', token };
  const headers = () => ({ authorization: `Bearer ${control.token}` });
  return {
    async targets() {
      const file = await readRunFile(home).catch(() => undefined);
      if (file === undefined) return known;
      control = { url: file.controlUrl, token };
      known = file.processes.flatMap(({ app, instance, pid, startTime, metricsUrl }) =>
        metricsUrl === undefined || !apps.includes(app)
          ? []
          : [{ app, instance, process: `${pid}:${startTime}`, metricsUrl }],
      );
      return known;
    },
    control: () => control,
    metrics: ({ metricsUrl }) => textOf(`${metricsUrl}/metrics`, { withinMs: METRICS_WITHIN_MS }),
    async shape() {
      if (control.url === '') return undefined;
      const text = await textOf(`${control.url}/v1/status`, { headers: headers() }).catch(() => undefined);
      return text === undefined ? undefined : shapeOf(JSON.parse(text) as Status);
    },
    async plan({ placements, instances }) {
      const text = await textOf(`${control.url}/v1/switches`, {
        method: 'POST',
        headers: { ...headers(), 'content-type': 'application/json' },
        body: JSON.stringify({ placements, instances, source: 'brain', dryRun: true }),
      });
      const { starts, stops, moves, refusals } = JSON.parse(text) as PlanAnswer;
      return { starts, stops, moves, refusals };
    },
  };
}
