import { createMemoryStore, StoreUnavailableError, type ControlStore } from '@atlas/control-store';
import { beforeEach, describe, expect, it } from 'vitest';
import { Leadership } from '../src/engine/leadership.ts';
import { SwitchBook, SwitchConflictError } from '../src/engine/switch-book.ts';
import type { SwitchState } from '../src/machine/index.ts';

const planned: SwitchState = {
  id: 'sw-1',
  kind: 'switch',
  source: 'operator',
  reason: '',
  from: null,
  to: { placements: {}, instances: { bundle: 1 }, canary: {}, configVersion: 1 },
  decidedAt: 1,
  bodyHash: null,
  times: { prepareMs: null, routedMs: null, drainMs: null },
  notes: [],
  stage: { phase: 'planned' },
};

const ENDED: SwitchState['stage'] = {
  ...{ phase: 'ended', epoch: null, committedAt: null, endedAt: 2 },
  ending: { outcome: 'unchanged' },
};

describe('the book of switches', () => {
  let now = 0;
  let store: ControlStore;
  let book: SwitchBook;
  /** Writes that were sent and not answered; each may still take effect. */
  let sent: (() => Promise<unknown>)[] = [];
  let answers = true;

  beforeEach(async () => {
    now = 0;
    sent = [];
    answers = true;
    const real = createMemoryStore({ clock: () => now });
    store = {
      ...real,
      saveSwitch: async (...args) => {
        if (answers) return real.saveSwitch(...args);
        sent.push(() => real.saveSwitch(...args));
        throw new StoreUnavailableError('no answer');
      },
    };
    const leadership = new Leadership(store, 'me', () => now);
    await leadership.keep();
    book = new SwitchBook(store, leadership, () => now);
  });

  async function saveWithoutAnswer(): Promise<void> {
    answers = false;
    await expect(book.save(planned)).rejects.toThrow(StoreUnavailableError);
    answers = true;
  }

  it('takes in a row whose insert was not answered, also when it takes effect later than the next look (B1)', async () => {
    await saveWithoutAnswer();
    await book.refresh();
    expect(book.open()).toEqual([]);
    now += 1_900;
    await sent[0]?.();
    await book.refresh();
    expect(book.open()).toEqual([planned]);
    await book.save({ ...planned, reason: 'next' });
    expect(await store.readSwitch('sw-1')).toMatchObject({ version: 2 });
  });

  it('saves again what was not answered, and finds it saved once whichever write took effect (B2)', async () => {
    await saveWithoutAnswer();
    await sent[0]?.();
    await book.save(planned);
    expect(book.open()).toEqual([planned]);
    expect(await store.readSwitch('sw-1')).toMatchObject({ version: 1 });
  });

  it('lets of two first writes that do not know each other only one take effect, whichever comes first (B2)', async () => {
    const other = { ...planned, id: 'sw-2' };
    await saveWithoutAnswer();
    await book.refresh();
    await book.save(other);
    await sent[0]?.();
    await book.refresh();
    expect(book.open()).toEqual([other]);
    await book.save({ ...other, stage: ENDED });

    await saveWithoutAnswer();
    await book.refresh();
    await sent[1]?.();
    await expect(book.save({ ...other, id: 'sw-3' })).rejects.toThrow(SwitchConflictError);
    await book.refresh();
    expect(book.open()).toEqual([planned]);
  });

  it('reads no more than it must once nothing can come late', async () => {
    await saveWithoutAnswer();
    now += 2_900;
    let read = 0;
    const { listSwitches } = store;
    store.listSwitches = (query) => {
      read += 1;
      return listSwitches(query);
    };
    await book.refresh();
    now += 2_000;
    await book.refresh();
    expect(read).toBe(1);
  });
});
