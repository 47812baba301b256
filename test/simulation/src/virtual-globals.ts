/**
 * Puts the process's clocks, timers and dice under a virtual clock, so that the real code runs on it unchanged.
 * Timers keep Node's shape as far as our code uses it: `unref` and `clear…`.
 */
import { performance } from 'node:perf_hooks';
import type { Clock, Timer } from './clock.ts';
import type { Dice } from './dice.ts';

/** Virtual time 0, ms since 1970. */
export const EPOCH_MS = 1_700_000_000_000;
/** Shorter intervals only tick often; they are stretched to this, as a busy event loop would. */
const SHORTEST_INTERVAL_MS = 250;

class VirtualTimer {
  timer: Timer | undefined;
  constructor(timer?: Timer) {
    this.timer = timer;
  }
  unref(): this {
    return this;
  }
  ref(): this {
    return this;
  }
}

function clear(given: unknown): void {
  if (!(given instanceof VirtualTimer) || given.timer === undefined) return;
  given.timer.run = undefined;
  given.timer = undefined;
}

/** The world that runs now; undefined between worlds. */
let running: { readonly clock: Clock; readonly dice: Dice } | undefined;

function clock(): Clock {
  if (running === undefined) throw new Error('a timer was set while no world runs');
  return running.clock;
}

function setVirtualTimeout(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): VirtualTimer {
  const now = clock();
  return new VirtualTimer(now.after(ms, now.current, () => run(...args)));
}

function setVirtualInterval(run: () => void, ms: number): VirtualTimer {
  const now = clock();
  const { current } = now;
  const every = Math.max(SHORTEST_INTERVAL_MS, ms);
  const made = new VirtualTimer();
  const tick = (): void => {
    made.timer = now.after(every, current, tick);
    run();
  };
  made.timer = now.after(every, current, tick);
  return made;
}

const IDLE = { idle: 1, active: 0, utilization: 0 };

const VIRTUAL = {
  setTimeout: setVirtualTimeout,
  setInterval: setVirtualInterval,
  clearTimeout: clear,
  clearInterval: clear,
};

/** Replaces what the real code finds; the returned function puts it back. Once for many worlds. */
export function installVirtualGlobals(): () => void {
  const real = {
    ...Object.fromEntries(Object.keys(VIRTUAL).map((name) => [name, Reflect.get(globalThis, name)])),
  };
  const { now: dateNow } = Date;
  const { random } = Math;
  const { rss } = process.memoryUsage;
  Object.assign(globalThis, VIRTUAL);
  Date.now = () => EPOCH_MS + Math.round(running?.clock.now ?? 0);
  Math.random = () => running?.dice.next() ?? 0.5;
  process.memoryUsage.rss = () => 80 * 2 ** 20;
  performance.now = () => running?.clock.now ?? 0;
  performance.eventLoopUtilization = () => IDLE;
  return () => {
    Object.assign(globalThis, real);
    Date.now = dateNow;
    Math.random = random;
    process.memoryUsage.rss = rss;
    Reflect.deleteProperty(performance, 'now');
    Reflect.deleteProperty(performance, 'eventLoopUtilization');
  };
}

/** From now on the virtual globals are those of this world; undefined: of none. */
export function inhabit(world: { readonly clock: Clock; readonly dice: Dice } | undefined): void {
  running = world;
}
