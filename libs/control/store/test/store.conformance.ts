import { describe } from 'vitest';
import { auditConforms } from './conformance/audit.ts';
import { clockConforms } from './conformance/clock.ts';
import { epochsConform } from './conformance/epochs.ts';
import { hintsConform } from './conformance/hints.ts';
import { leadershipConforms } from './conformance/leadership.ts';
import { leasesConform } from './conformance/leases.ts';
import { recordsConform } from './conformance/records.ts';
import { Scene, type Harness } from './conformance/scene.ts';
import { trialsConform } from './conformance/trials.ts';

export type { Harness };

export interface Conditions {
  /** False when notifications are dropped: everything but the test of the hints must still hold. */
  readonly hints: boolean;
}

/** What every coupling store must do, whatever it is made of. */
export function storeConformance(name: string, open: () => Promise<Harness>, { hints }: Conditions): void {
  describe(`coupling store: ${name}`, () => {
    const at = new Scene(open);
    epochsConform(at);
    leasesConform(at);
    trialsConform(at);
    leadershipConforms(at);
    clockConforms(at);
    recordsConform(at);
    auditConforms(at);
    if (hints) hintsConform(at);
  });
}
