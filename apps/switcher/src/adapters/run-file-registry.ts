import { updateRunFile, type ProcessRow } from '@atlas/platform-stack';
import type { RunRegistry, RunRow } from '../ports/run-registry.ts';

const rowOf = ({ metricsUrl, ...row }: RunRow): ProcessRow =>
  metricsUrl === null ? row : { ...row, metricsUrl };

/** Host rows in `.atlas/run.json`; a row is the switcher's when its app is one of `apps`. */
export class RunFileRegistry implements RunRegistry {
  readonly #home: string;
  readonly #apps: ReadonlySet<string>;

  constructor(home: string, apps: readonly string[]) {
    this.#home = home;
    this.#apps = new Set(apps);
  }

  async publish(hosts: readonly RunRow[]): Promise<void> {
    await updateRunFile(this.#home, (document) => ({
      ...document,
      processes: [...document.processes.filter(({ app }) => !this.#apps.has(app)), ...hosts.map(rowOf)],
    }));
  }

  /** Says where the control API listens. */
  async publishControlUrl(controlUrl: string): Promise<void> {
    await updateRunFile(this.#home, (document) => ({ ...document, controlUrl }));
  }
}
