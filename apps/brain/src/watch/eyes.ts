/** What the brain reads of the running stack: its hosts from the run file, their metrics, and the switcher's status. */
import type { Target } from '@atlas/brain-collector';
import type { Status } from '@atlas/control-api';
import { readRunFile } from '@atlas/platform-stack';
import type { Shape } from './mind.ts';

/** Nobody is waited for longer: the next second comes, ms. */
const WITHIN_MS = 800;
/** Largest text that is read of a host, bytes. */
const MOST_BYTES = 2 ** 20;

export interface Eyes {
  /** Hosts that run now. Keeps the last known ones while the run file cannot be read. */
  targets(): Promise<readonly Target[]>;
  /** A host's metrics; rejects after 800 ms. */
  metrics(target: Target): Promise<string>;
  /** The shape in force; undefined when the switcher does not answer, or nothing is in force. */
  shape(): Promise<Shape | undefined>;
}

async function textOf(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(WITHIN_MS), redirect: 'error' });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
    if (bytes > MOST_BYTES) throw new Error('too long');
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Placed as a service, and no process of it is well. */
export function crashedOf({ layout, hosts }: Pick<Status, 'layout' | 'hosts'>): string[] {
  const well = new Set(hosts.filter(({ health }) => health === 'ready').map(({ app }) => app));
  return Object.entries(layout?.placements ?? {})
    .filter(([module, placement]) => placement === 'service' && !well.has(module))
    .map(([module]) => module)
    .sort();
}

export function shapeOf(status: Status): Shape | undefined {
  if (status.layout === null || !status.store.contact) return undefined;
  const { epoch, mode: _mode, ...layout } = status.layout;
  return { epoch, layout, crashed: crashedOf(status) };
}

/** @param apps of the bundle and the modules: other processes are no hosts */
export function openEyes(home: string, apps: readonly string[]): Eyes {
  let known: readonly Target[] = [];
  let control = { url: '', token: '' };
  return {
    async targets() {
      const file = await readRunFile(home).catch(() => undefined);
      if (file === undefined) return known;
      control = { url: file.controlUrl, token: file.operatorToken };
      known = file.processes.flatMap(({ app, instance, pid, startTime, metricsUrl }) =>
        metricsUrl === undefined || !apps.includes(app)
          ? []
          : [{ app, instance, process: `${pid}:${startTime}`, metricsUrl }],
      );
      return known;
    },
    metrics: ({ metricsUrl }) => textOf(`${metricsUrl}/metrics`),
    async shape() {
      if (control.url === '') return undefined;
      const text = await textOf(`${control.url}/v1/status`, {
        authorization: `Bearer ${control.token}`,
      }).catch(() => undefined);
      return text === undefined ? undefined : shapeOf(JSON.parse(text) as Status);
    },
  };
}
