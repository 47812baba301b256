import type { HostRecord } from '@atlas/control-store';
import { expect, it, vi } from 'vitest';
import { AdoptedHosts } from '../src/adapters/adopted-hosts.ts';
import { HeldHosts } from '../src/adapters/held-hosts.ts';
import { Books } from './books.ts';

it('an adopted host that is told to stop while it is looked for was retired', async () => {
  const record: HostRecord = {
    ...{ instance: 'cart-0', nonce: 'ab'.repeat(8), app: 'cart', pid: 1, pidStartedAt: 'then', createdAt: 0 },
    ...{ purpose: 'serving' },
  };
  const looked = Promise.withResolvers<undefined>();
  const startTime = vi
    .fn<(pid: number) => Promise<string | undefined>>()
    .mockResolvedValueOnce('then')
    .mockReturnValue(looked.promise);
  const ended = vi.fn(() => Promise.resolve());
  const held = new HeldHosts();
  const adopted = new AdoptedHosts(
    {
      ledger: new Books(),
      system: {
        nonce: () => '',
        spawn: () => Promise.resolve(undefined),
        startTime,
        signal: () => Promise.resolve(true),
      },
      ...{ say: () => undefined, unspawnedGraceMs: 0, ended },
    },
    held,
  );
  await adopted.adopt(record);
  adopted.watch();
  await vi.waitFor(() => expect(startTime).toHaveBeenCalledTimes(2), { timeout: 10_000 });
  for (const one of held.all()) held.put({ ...one, state: 'stopping' });
  looked.resolve(undefined);
  await vi.waitFor(() => expect(ended).toHaveBeenCalledExactlyOnceWith(record, 'retired'), {
    timeout: 10_000,
  });
  adopted.close();
});
