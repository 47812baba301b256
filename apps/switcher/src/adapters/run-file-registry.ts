import { updateRunFile, type ProcessRow } from '@atlas/platform-stack';
import type { RunRegistry, RunRow } from '../ports/run-registry.ts';

const rowOf = ({ metricsUrl, ...row }: RunRow): ProcessRow =>
  metricsUrl === null ? row : { ...row, metricsUrl };

/** A turn waits so long for the file, ms: whoever holds its lock may stand still, and the lead must be renewed. */
const LOCK_WITHIN_MS = 1_000;

/** Host rows and the leader's address in `.atlas/run.json`; a row is the switcher's when its app is one of `apps`. */
export class RunFileRegistry implements RunRegistry {
  readonly #home: string;
  readonly #apps: ReadonlySet<string>;
  /** Where this switcher's control API listens; set before the first `publish`. */
  controlUrl = '';

  constructor(home: string, apps: readonly string[]) {
    this.#home = home;
    this.#apps = new Set(apps);
  }

  async publish(hosts: readonly RunRow[], stillLeads: () => boolean): Promise<void> {
    await updateRunFile(
      this.#home,
      (document) => {
        if (!stillLeads()) throw new Error('this switcher does not lead any more');
        const others = document.processes.filter(({ app }) => !this.#apps.has(app));
        return {
          ...document,
          controlUrl: this.controlUrl,
          processes: [...others, ...hosts.map(rowOf)],
        };
      },
      LOCK_WITHIN_MS,
    );
  }
}
