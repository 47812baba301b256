/** Looks at a run once a second: what it costs, and what the terminal shows. */
import type { LoadLine, ProgressLine } from '@atlas/load';
import type { Status } from '@atlas/control-api';
import type { BrainClient } from './brain-client.ts';
import type { ControlClient } from './control-client.ts';
import type { Screen } from './screen.ts';
import type { SwitchLog } from './switch-run.ts';
import type { UsageMeter } from './usage-meter.ts';
import type { Stage, View } from './view.ts';

export interface ObserverOptions {
  readonly edgeUrl: string;
  readonly control: ControlClient;
  readonly log: SwitchLog;
  readonly screen: Screen;
  readonly switchesPlanned: number;
  readonly brain?: BrainClient;
  /** Real ms to the trace's time; undefined: it is real time. */
  readonly trace?: { readonly speed: number; of(realMs: number): number };
}

const REDRAW_MS = 250;
const STATUS_MS = 500;
/** Progress lines that are kept for the small curves. */
const HISTORY = 60;

export class RunObserver {
  readonly #options: ObserverOptions;
  #stage: Stage = 'calibrating';
  #progress: ProgressLine | undefined;
  readonly #history: ProgressLine[] = [];
  #status: Status | undefined;
  #note: string | undefined;
  #meter: UsageMeter | undefined;
  #beganAt = Infinity;
  #timers: NodeJS.Timeout[] = [];

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timers = [
      setInterval(() => this.#options.screen.show(this.view()), REDRAW_MS),
      setInterval(() => void this.#look(), STATUS_MS),
    ];
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** From now on each progress line is also a look at what the processes use. */
  measureWith(meter: UsageMeter): void {
    this.#meter = meter;
  }

  setStage(stage: Stage): void {
    this.#stage = stage;
  }

  setNote(note: string | undefined): void {
    this.#note = note;
  }

  onLoadLine(line: LoadLine): void {
    if (line.type === 'start') {
      this.#stage = 'replaying';
      this.#beganAt = line.at;
    }
    if (line.type === 'settling') this.#stage = 'settling';
    if (line.type === 'failure') {
      const what = line.status === 0 ? line.reason : `${line.reason}, status ${line.status}`;
      this.#options.screen.say(`failed request: ${line.step} (${what}) ${line.detail}`.trimEnd());
    }
    if (line.type !== 'progress') return;
    this.#progress = line;
    const { brain, log } = this.#options;
    if (brain) void Promise.all([brain.look(), log.includeOthers(this.#beganAt)]);
    this.#history.push(line);
    if (this.#history.length > HISTORY) this.#history.shift();
    const calm = this.#stage === 'replaying' && this.#options.log.open().length === 0;
    const bundles = this.#status?.layout?.instances['bundle'] ?? 1;
    void this.#meter?.look({ mode: calm ? line.mode : null, bundles, requests: line.requests });
  }

  view(): View {
    const { edgeUrl, log, switchesPlanned, trace } = this.#options;
    const open = log.open();
    return {
      edgeUrl,
      stage: this.#stage,
      progress: this.#progress,
      history: this.#history,
      status: this.#status,
      open,
      switchesDone: log.all().length - open.length,
      switchesPlanned,
      note: this.#note,
      brain: this.#options.brain?.view(),
      trace: trace && { at: new Date(trace.of(Date.now())), speed: trace.speed },
      now: Date.now(),
    };
  }

  async #look(): Promise<void> {
    this.#status = await this.#options.control.status().catch(() => this.#status);
  }
}
