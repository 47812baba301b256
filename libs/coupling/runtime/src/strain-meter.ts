import { cpus, type CpuInfo } from 'node:os';
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import type { Strain } from '@atlas/control-layout';

/** How often it looks, ms, and over how many looks it tells the strain. */
const LOOK_EVERY_MS = 1_000;
const LOOKS = 3;

/** What each core has done since the machine started, ms. */
export type Cores = () => readonly Pick<CpuInfo, 'times'>[];

interface Mark {
  readonly busy: number;
  readonly total: number;
  readonly loop: EventLoopUtilization;
}

function mark(cores: Cores): Mark {
  let busy = 0;
  let total = 0;
  for (const { times } of cores()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    busy += all - times.idle;
    total += all;
  }
  return { busy, total, loop: performance.eventLoopUtilization() };
}

/**
 * How busy machine and event loop were in the last seconds; not the strain of `docs/words.md`, which is of answers. Looks
 * once a second, and costs next to nothing.
 */
export class StrainMeter {
  readonly #cores: Cores;
  readonly #marks: Mark[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(cores: Cores = cpus) {
    this.#cores = cores;
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  strain(): Strain {
    const now = mark(this.#cores);
    const then = this.#marks[0] ?? now;
    const total = now.total - then.total;
    return {
      machine: total > 0 ? (now.busy - then.busy) / total : 0,
      loop: performance.eventLoopUtilization(now.loop, then.loop).utilization,
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#marks.push(mark(this.#cores));
    if (this.#marks.length > LOOKS) this.#marks.shift();
  }
}
