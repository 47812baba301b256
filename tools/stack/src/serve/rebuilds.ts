/**
 * Builds one app, and again whenever a source that went into it changes.
 *
 * W1  One build at a time; what changes meanwhile is built right after.
 * W2  The folders of all files that the last build read are watched, whether it failed or not: an editor that replaces
 *     a file, and a file that comes back, are seen.
 * W3  A failed build leaves the file of the last good one in place.
 */
import { execFile } from 'node:child_process';
import { watch, type FSWatcher } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface RebuildOptions {
  readonly root: string;
  /** Absolute path of `main.ts`. */
  readonly entry: string;
  /** The bundle; its map lies beside it. */
  readonly file: string;
  /** After each good build. */
  readonly onBuilt: () => void;
  /** After each bad one, with the bundler's words. */
  readonly onFailed: (why: string) => void;
}

/** Changes within this time make one build, ms. */
const CALM_MS = 60;
const MOST_OUTPUT_BYTES = 16 * 2 ** 20;

interface Built {
  /** Own files that were read. */
  readonly files: readonly string[];
  /** Undefined: it went well. */
  readonly failure: string | undefined;
}

function filesIn(stdout: string): readonly string[] {
  try {
    return JSON.parse(stdout) as string[];
  } catch {
    return [];
  }
}

/** Never rejects. */
function bundle(root: string, entry: string, file: string): Promise<Built> {
  const script = join(root, 'tools/setup/bundle-one.mjs');
  const options = { cwd: root, maxBuffer: MOST_OUTPUT_BYTES };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, entry, file], options, (error, stdout, stderr) =>
      resolve({
        files: filesIn(stdout),
        failure: error === null ? undefined : stderr.trim() || error.message,
      }),
    );
  });
}

export class Rebuilds {
  readonly #options: RebuildOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  #files: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #building = false;
  #again = false;
  #closed = false;

  constructor(options: RebuildOptions) {
    this.#options = options;
  }

  /** Builds for the first time; resolves after it. */
  async start(): Promise<void> {
    await mkdir(dirname(this.#options.file), { recursive: true, mode: 0o700 });
    await this.#build();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
  }

  /** W1. */
  #changed(): void {
    if (this.#closed) return;
    this.#again = this.#building;
    if (this.#building) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#build(), CALM_MS);
  }

  async #build(): Promise<void> {
    const { root, entry, file, onBuilt, onFailed } = this.#options;
    this.#building = true;
    const aside = join(`${dirname(file)}.next`, basename(file)); // as deep: sources in the map are relative
    const { files, failure } = await bundle(root, entry, aside);
    this.#building = false;
    if (this.#closed) return;
    this.#follow([entry, ...files]);
    if (failure === undefined) {
      await rename(`${aside}.map`, `${file}.map`);
      await rename(aside, file);
      onBuilt();
    } else onFailed(failure);
    if (this.#again) this.#changed();
    this.#again = false;
  }

  /** W2. */
  #follow(files: readonly string[]): void {
    this.#files = new Set([...files, ...(files.length > 1 ? [] : this.#files)]);
    const folders = new Set([...this.#files].map((path) => dirname(path)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    const watcher = watch(folder, (_event, name) => {
      if (name === null || this.#files.has(join(folder, name))) this.#changed();
    });
    watcher.on('error', () => this.#watchers.delete(folder));
    this.#watchers.set(folder, watcher);
  }
}
