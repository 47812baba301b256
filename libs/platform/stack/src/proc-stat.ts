/** What Linux says of a process in `/proc/PID/stat`. */
export interface ProcStat {
  /** One letter; `Z` and `X` are dead. */
  readonly state: string;
  readonly parent: number;
  /** Ticks after the boot: tells a process from a later one with the same pid. */
  readonly start: string;
  /** User and system time of all threads since its start, ms. */
  readonly cpuMs: number;
}

/** Linux counts CPU in ticks of 10 ms everywhere that Node runs (`getconf CLK_TCK` is 100). */
const TICK_MS = 10;

/** Undefined when the text is cut, or empty because the process has ended. */
export function parseStat(text: string): ProcStat | undefined {
  // The name in brackets may hold anything; what follows the last bracket is state (field 3) and on.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent] = fields;
  const [user, system, start] = [fields[11], fields[12], fields[19]];
  if (start === undefined) return undefined;
  return { state, parent: Number(parent), start, cpuMs: (Number(user) + Number(system)) * TICK_MS };
}
