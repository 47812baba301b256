/** `tight`: the handlers awaited directly. */
import { serveParty } from '../serve-party.ts';
import { handlers, nanosecondsPerCall, servePages, type TightQuestion } from './tight-work.ts';

const call = { rootId: '0'.repeat(16) };

serveParty({
  measure: ({ forMs }: TightQuestion) => nanosecondsPerCall(forMs, () => servePages(handlers, call, 250)),
});
