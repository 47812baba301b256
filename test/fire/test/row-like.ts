import type { Row } from '../src/row.ts';

/** A row of a cell that passed at once. */
export const rowLike = (id: string): Row => ({
  ...{ id, transition: 'tight→loose', outcome: 'pass', agreeMs: 0, failed: 0, excused: 0, audit: 'clean' },
  ...{ why: null, seconds: 1, stackSeconds: 1, commit: 'aaaaaaaaaa', first: null },
});
