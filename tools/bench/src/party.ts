/**
 * The processes of a bench. Each contender has its own, pinned to one core where `taskset` exists, so that neither its
 * heap nor its compiled code meets another's.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { coreOf, TASKSET } from './cores.ts';

type Answer = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

export interface PartyOptions {
  /** Module that calls `serveParty`. */
  readonly module: URL;
  /** As for `coreOf`. */
  readonly core: number;
  /** Node's own options, e.g. `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
}

/** A process that answers questions. */
export class Party {
  readonly #child: ChildProcess;
  /** File of its module. */
  readonly #name: string;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #asked = 0;
  #ended = false;

  constructor({ module, core, nodeOptions = [] }: PartyOptions) {
    const cpu = coreOf(core);
    const node = [process.execPath, ...nodeOptions];
    const [program = '', ...before] = cpu === undefined ? node : [TASKSET, '-c', cpu, ...node];
    this.#name = basename(module.pathname);
    this.#child = fork(fileURLToPath(module), {
      execPath: program,
      execArgv: before,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    this.#child.on('message', (answer: Answer) => this.#take(answer));
    this.#child.on('exit', (code, signal) =>
      this.#end(new Error(`${this.#name} ended (${signal ?? `code ${code}`}) before it answered`)),
    );
    this.#child.on('error', (error) => this.#end(error));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** @throws Error with the party's message when its answer is an error, or when it has ended. */
  ask<T>(question: string, input?: unknown): Promise<T> {
    const id = (this.#asked += 1);
    return new Promise<T>((resolve, reject) => {
      if (this.#ended) return reject(new Error(`${this.#name} had ended before "${question}"`));
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send({ id, question, input });
    });
  }

  /** Ends it at once; parties keep nothing. */
  async stop(): Promise<void> {
    if (this.#ended) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await gone;
  }

  #take(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.result);
  }

  #end(error: Error): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** Runs `work` with parties and ends them whatever happens. */
export async function withParties<T>(
  options: readonly PartyOptions[],
  work: (...parties: Party[]) => Promise<T>,
): Promise<T> {
  const parties = options.map((one) => new Party(one));
  try {
    return await work(...parties);
  } finally {
    await Promise.all(parties.map((party) => party.stop()));
  }
}
