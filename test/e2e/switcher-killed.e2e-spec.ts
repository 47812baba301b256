/**
 * E4: SIGKILL of the switcher at each of its fault points while it changes the shape of a shop under load. Faults are
 * armed through a file, which a kill strikes itself from: the switcher that the supervisor starts next is spared.
 */
import { FAULT_POINTS } from '@atlas/switcher-app/fault-points';
import { rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  assertEventually,
  failuresIn,
  faultFileOf,
  faultsInHostsOf,
  hostPids,
  kill,
  shopOfFile,
  type LayoutInfo,
  type Load,
  type Placements,
} from './src/index.ts';

const TIGHT: Placements = {};
const WIDE: Placements = { shipping: 'service' };

type Cause = 'widen' | 'narrow' | 'either' | 'abort' | 'adopt';

/** What has to be done for the switcher to pass a point: most are passed by every switch. */
function causeOf(point: string): Cause {
  if (point === 'driver.adopt') return 'adopt';
  if (/withdraw|aborting/.test(point)) return 'abort';
  if (/start|driver\.(record|spawn)/.test(point)) return 'widen';
  return /stop|retire\.(before|after)/.test(point) ? 'narrow' : 'either';
}

const isWide = ({ placements }: LayoutInfo): boolean => placements['shipping'] === 'service';

/** What a switch to `WIDE` waits for is late, so that it can be aborted before its commit, by a slow machine too. */
const LATE = 'store.renewLease@shipping-0=delay:5000';

/** `engine.effect.*` stand right behind the points named after protocol steps. */
const POINTS = FAULT_POINTS.filter((point) => !point.startsWith('engine.effect.'));

/** A switcher spends most of the time waiting for the lease of its dead predecessor: three shops wait side by side. */
const PARTS = [0, 1, 2].map((part) => POINTS.filter((_, at) => at % 3 === part));

describe.for(PARTS)('a shop of its own', { concurrent: true }, (points) => {
  let faults: string;
  let load: Load;

  const shop = shopOfFile((home) => {
    faults = faultFileOf(home);
    return {
      faults: `file:${faults}`,
      mostPauseMs: 100,
      trialMostMs: 0, // trials are not the subject: they would last as long as writes are few
      rewire: faultsInHostsOf('shipping'),
    };
  });

  beforeAll(async () => {
    load = await shop().load({ peakRps: 30 });
    await load.served(30);
  });
  afterEach(() => rm(faults, { force: true }));

  /** Brings the shop into a shape from which the point can be passed; resolves to where it is to go. */
  async function prepare(cause: Cause): Promise<Placements> {
    const wide = isWide(await shop().control.layout());
    const fromWide = cause === 'narrow' || (cause === 'either' && wide);
    if (fromWide !== wide) {
      await shop().control.switchTo({ placements: fromWide ? WIDE : TIGHT });
      await settled(); // what is not needed any more is still on its way out when the old epoch is drained
    }
    return fromWide ? TIGHT : WIDE;
  }

  /** Resolves when the store holds a layout that can be withdrawn: it waits for its host, which is late. */
  const prepared = (): Promise<void> =>
    assertEventually(
      'a layout is prepared',
      async () => expect((await shop().control.status()).preparedEpoch).not.toBeNull(),
      { everyMs: 10 },
    );

  /** Arms the point and does what passes it; resolves when another switcher runs. */
  async function strike(point: string, cause: Cause, placements: Placements): Promise<void> {
    const { control } = shop();
    const before = await shop().process('switcher');
    await writeFile(faults, [`${point}@switcher=kill`, ...(cause === 'abort' ? [LATE] : [])].join());
    if (cause === 'adopt') await kill(before);
    else {
      const taken = await control.propose({ placements }).catch(() => undefined); // it may die of it
      if (cause === 'abort' && taken) {
        await prepared();
        await control.abort(taken.id).catch(() => undefined);
      }
    }
    await shop().replaced(before);
  }

  /** Resolves when the switcher leads again and nothing of any switch is left to do, by the store's word. */
  function settled(): Promise<void> {
    return assertEventually(
      'nothing is left to do',
      async () => {
        const { leader, liveEpochs, preparedEpoch } = await shop().control.status();
        const open = (await shop().control.history(10)).filter(({ done }) => !done);
        expect({ leads: leader.leads, epochs: liveEpochs.length, preparedEpoch, open }).toEqual({
          ...{ leads: true, epochs: 1, preparedEpoch: null, open: [] },
        });
      },
      { withinMs: 60_000 },
    );
  }

  test.sequential.for(points)('SIGKILL of the switcher at %s', async (point) => {
    const { control, home } = shop();
    const cause = causeOf(point);
    const to = await prepare(cause);
    const before = await control.layout();
    const pids = await hostPids(home);

    await strike(point, cause, to);
    await settled();

    const after = await control.layout();
    if (after.epoch === before.epoch) expect(after).toEqual(before);
    else expect(isWide(after)).toBe(!isWide(before));
    await assertEventually('the run file names exactly the hosts of the layout', async () => {
      const now = await hostPids(home);
      expect(Object.keys(now)).toEqual(isWide(after) ? ['shipping-0', 'shop-0'] : ['shop-0']);
      for (const [instance, pid] of Object.entries(now)) expect(pids[instance] ?? pid).toBe(pid);
    });
    expect(load.failures).toEqual([]);
  });

  test.sequential('no request failed meanwhile, and the books agree', async () => {
    await load.stop();
    expect(await failuresIn(load.log)).toEqual([]);
    expect((await shop().audit()).problems).toEqual([]);
  });
});
