import type { ExitRecord } from '@atlas/control-store';

/** What is known of a host whose connection was lost: it answers again, or it ended like this. */
export type Evidence = 'alive' | ExitRecord['cause'];

/**
 * What becomes of a call that was in flight:
 * `same_host` retry there · `move` another instance or the standby at once ·
 * `isolate` one at a time, on another *service* instance only · `dead_letter` it has met a crash twice.
 */
export type Verdict = 'same_host' | 'move' | 'isolate' | 'dead_letter';

/**
 * Judges one loss. Only an outside signal or an orderly end clears the work of suspicion; once suspected, a call
 * stays suspected.
 * @param crashes suspicious ends that this call had met before.
 */
export function judgeLoss(evidence: Evidence, crashes: number): Verdict {
  switch (evidence) {
    case 'alive':
      return 'same_host';
    case 'signal':
    case 'retired':
      return crashes === 0 ? 'move' : 'isolate';
    case 'exit':
    case 'abort':
    case 'out_of_memory':
    case 'unknown':
      return crashes === 0 ? 'isolate' : 'dead_letter';
  }
}
