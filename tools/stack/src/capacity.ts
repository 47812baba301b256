/**
 * `npm run capacity`: what each shape bears on this machine within the intent, by stepped load. The result is what the
 * brain's ladder and the rates of the default scenario are made of.
 */
import type { MeasuredCapacity } from '@atlas/brain-decision';
import { readRequestLog, type LoadConfig, type RequestRecord } from '@atlas/load';
import { BOOST_MS, readManifest, repositoryRoot, type Stack } from '@atlas/platform-stack';
import { Command } from 'commander';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  climbOf,
  findingsOf,
  intentOf,
  isWarm,
  ratesOf,
  STEP_S,
  traceOf,
  type Pass,
  type Step,
} from './capacity-plan.ts';
import { keepPasses, keptPasses, type Passes, type Scene } from './capacity-passes.ts';
import { assertLimitable, hostCpuOption } from './host-limit.ts';
import { ControlClient, type Target } from './control-client.ts';
import { seenThrough, startLoad } from './load-process.ts';
import { machineFacts, stateIn } from './machine-facts.ts';
import { parsing } from './options.ts';
import { assertWritable, writeReport } from './report.ts';
import { runCommand, withStack, type Session } from './session.ts';
import { SwitchLog } from './switch-run.ts';

interface CapacityOptions {
  /** Absolute; null: `capacity.json` in the folder of the state. */
  readonly report: string | null;
  /** Go on with the pass that an earlier call has finished. */
  readonly resume: boolean;
  /** Cores that each host may take; undefined: no limit. */
  readonly hostCpu: number | undefined;
}

const SHAPES = {
  tight: { mode: 'tight' },
  tight2: { mode: 'tight', instances: { bundle: 2 } },
  hybrid: { mode: 'hybrid' },
  loose: { mode: 'loose' },
} as const satisfies Record<string, Target>;
type ShapeName = keyof typeof SHAPES;
const SHAPE_NAMES = Object.keys(SHAPES) as ShapeName[];

/** All shapes are measured so often, in turn: what else the machine does for a minute meets one shape, once. */
const PASSES = 2;

/** Closed-loop load that warms a shape up and says where its steps begin; the load at half of it, long enough for a few large garbage collections; s. */
const CLOSED_S = 6;
const HALF_S = 60;
/** A p99 this many times above the intent, twice in a row, needs no further step. */
const HOPELESS = 3;

interface LoadResult {
  readonly closedLoopRps: number;
  readonly beganAt: number;
  readonly rows: readonly RequestRecord[];
}

interface CapacityRunOptions {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly limited: boolean;
}

export class CapacityRun {
  readonly #stack: Stack;
  readonly #signal: AbortSignal;
  readonly #say: (line: string) => void;
  /** Hosts have a limit, and so a boost before it. */
  readonly #limited: boolean;
  /** The best of all passes so far: closed-loop rates, by which the next pass is loaded, and the intent. */
  readonly #rates: Record<ShapeName, number> = { tight: 0, tight2: 0, hybrid: 0, loose: 0 };
  #intentMs = Infinity;

  constructor(stack: Stack, { signal, say, limited }: CapacityRunOptions) {
    this.#stack = stack;
    this.#signal = signal;
    this.#say = say;
    this.#limited = limited;
  }

  /**
   * @param before what an earlier call has found
   * @param keep told what there is as long as a pass is still to come
   */
  async measure(
    before: Passes<ShapeName> | undefined,
    keep: (found: Passes<ShapeName>) => Promise<void>,
  ): Promise<MeasuredCapacity> {
    const passes: Pass<ShapeName>[] = [...(before?.passes ?? [])];
    Object.assign(this.#rates, before?.rates);
    this.#intentMs = Math.min(...passes.map(({ intentMs }) => intentMs));
    while (passes.length < PASSES) {
      this.#say(`pass ${passes.length + 1} of ${PASSES}`);
      passes.push(await this.#pass());
      if (passes.length < PASSES) await keep({ passes, rates: this.#rates });
    }
    const { intentMs, bears, lines } = findingsOf(passes);
    for (const line of lines) this.#say(line);
    return { ...bears, intentP99Ms: intentMs, at: new Date().toISOString(), machine: machineFacts() };
  }

  async #pass(): Promise<Pass<ShapeName>> {
    const climbs: Record<ShapeName, Step[]> = { tight: [], tight2: [], hybrid: [], loose: [] };
    let intentMs = Infinity;
    for (const name of SHAPE_NAMES) {
      const stillSo = await this.#become(name);
      this.#rates[name] = Math.max(this.#rates[name], await this.#warm(name));
      if (name === 'tight') intentMs = await this.#intent();
      climbs[name] = await this.#climb(this.#rates[name]);
      await stillSo();
    }
    return { intentMs, climbs };
  }

  /** Of tight, which is in force. */
  async #intent(): Promise<number> {
    const peakRps = this.#rates.tight / 2;
    const { rows } = await this.#load({ mode: 'steady', peakRps, durationS: HALF_S });
    const intentMs = intentOf(rows);
    this.#intentMs = Math.min(this.#intentMs, intentMs);
    this.#say(`half load is ${peakRps.toFixed(0)} requests/s; by it the intent is ${intentMs} ms`);
    return intentMs;
  }

  #become(name: ShapeName): Promise<() => Promise<void>> {
    const log = new SwitchLog(ControlClient.of(this.#stack));
    return log.become(SHAPES[name], 'capacity', this.#signal);
  }

  /** Hosts that have just started get faster by the second. Resolves to the closed-loop rate when they do no more. */
  async #warm(name: ShapeName): Promise<number> {
    const boosted = performance.now() + (this.#limited ? BOOST_MS : 0);
    while (performance.now() < boosted) await this.#closedLoop(); // What is done without the limit says nothing.
    const rates: number[] = [];
    while (!isWarm(rates)) rates.push(await this.#closedLoop());
    this.#say(`${name} is warm: ${rates.map((rate) => rate.toFixed(0)).join(', ')} requests/s closed-loop`);
    return Math.max(...rates.slice(-2));
  }

  async #closedLoop(): Promise<number> {
    const { closedLoopRps } = await this.#load({
      ...{ mode: 'steady', peakRps: 'auto', calibrationS: CLOSED_S, durationS: 1 },
    });
    return closedLoopRps;
  }

  async #climb(closedLoopRps: number): Promise<Step[]> {
    const rates = ratesOf(closedLoopRps);
    const file = join(this.#stack.home, 'load', 'steps.csv');
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, traceOf(rates));
    const { rows, beganAt } = await this.#load(
      {
        trace: { file, from: '1970-01-01T00:00:00Z', to: '1970-01-02T00:00:00Z' },
        ...{ peakRps: rates.at(-1) ?? closedLoopRps, durationS: rates.length * STEP_S },
      },
      HOPELESS * this.#intentMs,
    );
    return climbOf(rows, { rates, beganAt });
  }

  /** @param giveUpMs a p99 that ends the load when it is seen twice in a row */
  async #load(config: Partial<LoadConfig>, giveUpMs = Infinity): Promise<LoadResult> {
    const { edgeUrl, home } = this.#stack;
    const logFile = join(home, 'load', 'requests.jsonl');
    await mkdir(dirname(logFile), { recursive: true });
    const found = { closedLoopRps: 0, beganAt: 0 };
    let hopeless = 0;
    const load = await startLoad({
      main: join(repositoryRoot(), 'dist/load/main.js'),
      config: { edgeUrl, logFile, settleS: 5, slowCard: false, ...config },
      logFile: join(home, 'logs', 'load.log'),
      onLine: (line) => {
        if (line.type === 'calibration') found.closedLoopRps = line.rps;
        if (line.type === 'start') found.beganAt = line.at;
        if (line.type !== 'progress') return;
        hopeless = (line.p99Ms ?? 0) > giveUpMs ? hopeless + 1 : 0;
        if (hopeless === 2) load.finish();
      },
    });
    await seenThrough(load, this.#signal);
    const rows: RequestRecord[] = [];
    for await (const row of readRequestLog(logFile)) rows.push(row);
    return { ...found, rows };
  }
}

async function capacity(session: Session<CapacityOptions>): Promise<number> {
  const { options, settings, screen, signal } = session;
  const file = options.report ?? join(settings.home, 'capacity.json');
  const kept = join(settings.home, 'capacity-passes.json');
  const limit = options.hostCpu === undefined ? {} : { hostCpu: options.hostCpu };
  await assertLimitable(options.hostCpu);
  await assertWritable(options.report);
  return withStack(session, { port: 0, audit: false, ...limit }, async (stack) => {
    const say = (line: string): void => screen.say(line);
    const limited = options.hostCpu !== undefined;
    const scene: Scene = { build: stack.build, ...limit, machine: machineFacts() };
    const before = options.resume ? await keptPasses<ShapeName>(kept, scene) : undefined;
    const run = new CapacityRun(stack, { signal, say, limited });
    const found = await run.measure(before, async (passes) => {
      await keepPasses(kept, { scene, ...passes });
      say('this pass is kept: after a stop, --resume goes on from here');
    });
    const machine = { ...found.machine, state: await stateIn(stack.home) };
    const { hybrid } = await readManifest(repositoryRoot());
    const services = hybrid.length > 0 && { hybridServices: hybrid.length };
    const measured: MeasuredCapacity = { ...found, ...services, ...limit, machine };
    await writeReport(file, measured);
    await rm(kept, { force: true });
    screen.say(`written to ${file}`);
    return 0;
  });
}

const command = (): Command =>
  new Command('npm run capacity --')
    .description(
      'Measures what each shape of the shop bears on this machine: twice, in turn, some ten minutes each.',
    )
    .option('--report <file>', 'where the numbers go (default: capacity.json in the folder of the state)')
    .option('--resume', 'keep the pass that an earlier call has finished, and measure what it lacks')
    .addOption(hostCpuOption())
    .helpOption('--help', 'show this')
    .allowExcessArguments(false);

await runCommand(
  (args, cwd) =>
    parsing(command(), args, (given: { report?: string; hostCpu?: number; resume?: boolean }) => ({
      hostCpu: given.hostCpu,
      resume: given.resume ?? false,
      report: given.report === undefined ? null : resolve(cwd, given.report),
    })),
  capacity,
);
