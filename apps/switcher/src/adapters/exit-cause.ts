import type { ExitRecord } from '@atlas/control-store';

/** What its parent knows of a child's end. Memory as last leased, MB. */
export interface ChildExit {
  readonly code: number | null;
  /** Name of the signal, as `SIGKILL`. */
  readonly signal: string | null;
  /** Who runs it had told it to stop. */
  readonly asked: boolean;
  /** The driver had killed it because it hung. */
  readonly hung: boolean;
  readonly rssMb: number | undefined;
  readonly memoryLimitMb: number | undefined;
}

/** Ends that the process brought on itself: V8 aborts when its heap is full, native code crashes. */
const ABORTS: readonly (string | null)[] = ['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGFPE', 'SIGTRAP'];

/** Share of its memory limit above which an end counts as running out of memory. */
export const MEMORY_CEILING = 0.9;

/**
 * Why a child ended. `signal` (killed from outside, memory under its ceiling) is the only cause that lets calls in
 * flight move to the standby at once, beside an end that the driver had asked for; when in doubt it is something else,
 * so a full memory tells against a stopping host, too.
 */
export function exitCause(exit: ChildExit): ExitRecord['cause'] {
  const { code, signal, asked, hung, rssMb, memoryLimitMb } = exit;
  if (asked && (code === 0 || signal === 'SIGTERM')) return 'retired';
  if (hung && signal === 'SIGKILL') return 'unknown';
  if (ABORTS.includes(signal)) return 'abort';
  if (signal === null) return code === 134 ? 'abort' : 'exit';
  if (rssMb !== undefined && memoryLimitMb !== undefined && rssMb >= memoryLimitMb * MEMORY_CEILING) {
    return 'out_of_memory';
  }
  return asked && signal === 'SIGKILL' ? 'retired' : 'signal';
}
