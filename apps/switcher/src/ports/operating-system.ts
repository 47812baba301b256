/** What the process driver needs of the machine that hosts run on. */

/** How to run one app: its built file and its environment, complete but for instance and nonce. */
export interface AppRecipe {
  readonly main: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface SpawnOptions {
  readonly recipe: AppRecipe;
  readonly instance: string;
  readonly nonce: string;
  readonly logsDir: string;
  /** Descriptor of the lifeline to pass on as 3; undefined: none. */
  readonly lifelineFd: number | undefined;
  /** Descriptor of the listening edge socket to pass on as 4; undefined: not for this host. */
  readonly edgeFd: number | undefined;
  /** Asked at the very last moment, before the process is created or a spare is told what to be. */
  readonly mayStill: () => boolean;
  /** For a spare, which gets a channel to its driver: told when it has loaded everything. */
  readonly onBlank?: (() => void) | undefined;
}

/** A child, or what is left of it. */
export interface SpawnedProcess {
  readonly pid?: number | undefined;
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  /** A spare that has loaded everything: tells it what to be. No effect when it cannot be told any more. */
  become?(app: string, as: SpawnOptions): void;
  /**
   * A spare that was not told what to be: ends its channel, and so the spare. No signal, hence nobody else's process can
   * be met, whoever leads now.
   */
  dismiss?(): void;
  once(event: 'exit', listener: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
}

export interface OperatingSystem {
  /** 16 hex digits that no process had before. */
  nonce(): string;
  /** Undefined when `mayStill` says no. @throws Error when the process cannot be created. */
  spawn(options: SpawnOptions): Promise<SpawnedProcess | undefined>;
  /** When the process started: opaque; undefined when no such process lives. */
  startTime(pid: number): Promise<string | undefined>;
  /** Only if exactly this process still lives and `mayStill` says so at the very last moment; says whether it was sent. */
  signal(
    process: { readonly pid: number; readonly startTime: string },
    signal: NodeJS.Signals,
    mayStill: () => boolean,
  ): Promise<boolean>;
}
