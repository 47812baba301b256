/**
 * Tells a Prometheus which hosts there are, as a file of its file-based service discovery: hosts come and go with each
 * switch, and Prometheus sees the file change at once.
 *
 * F1  The file is whole at any time, and written only when something has changed.
 * F2  A file that cannot be written holds up nothing: it is tried again with the next look.
 * F3  Hosts name their addresses themselves: one that names none is left out, and ends nobody.
 */
import type { Target } from '@atlas/brain-collector';
import { rename, writeFile } from 'node:fs/promises';

const groupOf = ({ app, instance, metricsUrl }: Target) => ({
  targets: [new URL(metricsUrl).host],
  labels: { app, host: instance },
});

export class TargetFile {
  readonly #path: string;
  #told: string | undefined;
  #writing = false;

  constructor(path: string) {
    this.#path = path;
  }

  /** Never rejects. */
  async tell(targets: readonly Target[]): Promise<void> {
    const known = targets.filter(({ metricsUrl }) => URL.canParse(metricsUrl)); // F3
    const text = `${JSON.stringify(known.map(groupOf), null, 2)}\n`;
    if (text === this.#told || this.#writing) return;
    this.#writing = true;
    try {
      await writeFile(`${this.#path}.new`, text);
      await rename(`${this.#path}.new`, this.#path);
      this.#told = text;
    } catch {
      // F2.
    } finally {
      this.#writing = false;
    }
  }
}
