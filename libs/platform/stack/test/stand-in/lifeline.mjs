/** Ends this process when descriptor 3 does. */
import { createReadStream } from 'node:fs';

const lifeline = createReadStream('', { fd: 3 });
lifeline.on('data', () => undefined);
for (const event of ['end', 'error']) lifeline.on(event, () => process.exit(0));
