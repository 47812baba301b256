/**
 * Builds one app, and again whenever a source that went into it changes.
 *
 * W1  One build at a time; what changes meanwhile is built right after.
 * W2  The folders of all files that the last build read are watched, and after one that failed those of the build before
 *     it, too: an editor that replaces a file, and a file or a whole folder that comes back, are seen. Where the system has
 *     no watch left that is told, once.
 * W3  A failed build leaves the file of the last good one in place; one that cannot be put there has failed, too.
 */
import { execFile } from 'node:child_process';
import { statSync, watch, type FSWatcher } from 'node:fs';
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
  /** After each bad one, with the words of the bundler, or of the system. */
  readonly onFailed: (why: string) => void;
  /** At the first folder that cannot be watched. */
  readonly onBlind: (why: string) => void;
}

/** Changes within this time make one build, ms. */
const CALM_MS = 60;
/** How often a folder that is gone is looked for: nothing tells that it is back, ms. */
const SEEK_EVERY_MS = 500;
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

/** One that was made again under its name is another, which its watcher does not see. Undefined: it is not there. */
function identityOf(folder: string): string | undefined {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found && `${found.ino} ${found.birthtimeMs}`;
}

interface Watched {
  readonly identity: string;
  /** Undefined: it cannot be watched. */
  readonly watcher: FSWatcher | undefined;
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

/** W3. Undefined: it is in its place. */
async function misplaced(aside: string, file: string): Promise<string | undefined> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await rename(`${aside}.map`, `${file}.map`);
    await rename(aside, file);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

export class Rebuilds {
  readonly #options: RebuildOptions;
  readonly #watched = new Map<string, Watched>();
  #files: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #seeking: NodeJS.Timeout | undefined;
  #building = false;
  #again = false;
  #closed = false;
  #blind = false;

  constructor(options: RebuildOptions) {
    this.#options = options;
  }

  /** Builds for the first time; resolves after it. */
  start(): Promise<void> {
    return this.#build();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#seeking);
    for (const folder of [...this.#watched.keys()]) this.#leave(folder);
  }

  /** W1. */
  #changed(): void {
    if (this.#closed) return;
    this.#again = this.#building;
    if (this.#building) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#build(), CALM_MS);
  }

  /** Never rejects. */
  async #build(): Promise<void> {
    const { root, entry, file, onBuilt, onFailed } = this.#options;
    this.#building = true;
    const aside = join(`${dirname(file)}.next`, basename(file)); // as deep: sources in the map are relative
    const { files, failure } = await bundle(root, entry, aside);
    if (this.#closed) return;
    // A build that fails has not read what it misses.
    this.#follow(new Set([entry, ...files, ...(failure === undefined ? [] : this.#files)]));
    const why = failure ?? (await misplaced(aside, file));
    this.#building = false;
    if (why === undefined) onBuilt();
    else onFailed(why);
    if (this.#again) this.#changed();
    this.#again = false;
  }

  /** W2. */
  #follow(files: ReadonlySet<string>): void {
    this.#files = files;
    const folders = new Set([...files].map((path) => dirname(path)));
    for (const folder of [...this.#watched.keys()]) if (!folders.has(folder)) this.#leave(folder);
    for (const folder of folders) this.#keepWatching(folder);
    this.#seek([...folders].filter((folder) => !this.#watched.has(folder)));
  }

  #keepWatching(folder: string): void {
    const identity = identityOf(folder);
    const before = this.#watched.get(folder);
    if (before?.identity === identity) return;
    this.#leave(folder);
    if (identity === undefined) return;
    if (before) this.#again = true; // the build may have read it while it was gone
    this.#watch(folder, identity);
  }

  #leave(folder: string): void {
    this.#watched.get(folder)?.watcher?.close();
    this.#watched.delete(folder);
  }

  /** Until one of them is back. */
  #seek(gone: readonly string[]): void {
    clearTimeout(this.#seeking);
    if (gone.length === 0) return;
    this.#seeking = setTimeout(() => {
      if (gone.some((folder) => identityOf(folder) !== undefined)) this.#changed();
      else this.#seek(gone);
    }, SEEK_EVERY_MS);
  }

  #watch(folder: string, identity: string): void {
    const watcher = this.#watcherOf(folder);
    if (watcher === undefined && identityOf(folder) !== identity) return; // it is gone again, and sought
    watcher?.on('error', () => this.#leave(folder));
    this.#watched.set(folder, { identity, watcher });
  }

  #watcherOf(folder: string): FSWatcher | undefined {
    try {
      return watch(folder, (_event, name) => {
        if (name === null || this.#files.has(join(folder, name))) this.#changed();
      });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && !this.#blind) {
        this.#blind = true;
        this.#options.onBlind((error as Error).message);
      }
      return undefined;
    }
  }
}
