/**
 * E4: SIGKILL of the switcher at each of its fault points while it changes the shape of a shop under load. Faults are
 * armed through a file, which a kill strikes itself from: the switcher that the supervisor starts next is spared.
 */
import { FAULT_POINTS } from '@atlas/switcher-app/fault-points';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import {
  assertEventually,
  failuresIn,
  hostPids,
  kill,
  makeHome,
  removeHome,
  shopOfFile,
  type Load,
  type Placements,
  type SwitchView,
} from './src/index.ts';

let folder: string;
let faults: string;
let load: Load;

const shop = shopOfFile(async () => {
  folder = await makeHome();
  faults = join(folder, 'faults');
  return {
    faults: `file:${faults}`,
    mostPauseMs: 100,
    // Hosts are not to be hit, and need not look.
    rewire: (file) => {
      for (const { env } of Object.values(file.apps)) delete env['ATLAS_FAULTS'];
      return file;
    },
  };
});

beforeAll(async () => {
  load = await shop().load({ peakRps: 30 });
  await load.served(30);
});
afterEach(() => rm(faults, { force: true }));
afterAll(() => removeHome(folder));

const TIGHT: Placements = {};
const WIDE: Placements = { shipping: 'service' };

type Cause = 'widen' | 'narrow' | 'abort' | 'adopt';

/** What has to be done for the switcher to pass a point: most are passed by every switch. */
function causeOf(point: string): Cause {
  if (point === 'driver.adopt') return 'adopt';
  if (/withdraw|aborting/.test(point)) return 'abort';
  return /stop|retire\.(before|after)/.test(point) ? 'narrow' : 'widen';
}

/** Arms the point and does what passes it; resolves when the switcher is dead. */
async function strike(point: string): Promise<void> {
  const { control } = shop();
  const before = await shop().process('switcher');
  const cause = causeOf(point);
  await writeFile(faults, `${point}@switcher=kill`);
  if (cause === 'adopt') await kill(before);
  else {
    const placements = cause === 'narrow' ? TIGHT : WIDE;
    const taken = await control.propose({ placements }).catch(() => undefined); // it may die of it
    if (cause === 'abort' && taken) await control.abort(taken.id).catch(() => undefined);
  }
  await shop().replaced(before);
}

/** Resolves when the switcher leads again and nothing of any switch is left to do. */
function settled(): Promise<readonly SwitchView[]> {
  return assertEventually(
    'nothing is left to do',
    async () => {
      const { leader, switches, liveEpochs, preparedEpoch } = await shop().control.status();
      expect(leader.leads).toBe(true);
      expect({ switches, liveEpochs: liveEpochs.length, preparedEpoch }).toEqual({
        ...{ switches: [], liveEpochs: 1, preparedEpoch: null },
      });
      return switches;
    },
    { withinMs: 40_000 },
  );
}

/** `engine.effect.*` stand right behind the points named after protocol steps. */
const POINTS = FAULT_POINTS.filter((point) => !point.startsWith('engine.effect.'));

test.for(POINTS)('SIGKILL of the switcher at %s', async (point) => {
  const { control, home } = shop();
  await control.switchTo({ placements: causeOf(point) === 'narrow' ? WIDE : TIGHT });
  const before = await control.layout();
  const pids = await hostPids(home);

  await strike(point);
  await settled();

  const after = await control.layout();
  if (after.epoch === before.epoch) expect(after).toEqual(before);
  else expect(after.placements).not.toEqual(before.placements);
  const pidsNow = await hostPids(home);
  expect(pidsNow['shop-0']).toBe(pids['shop-0']);
  expect(Object.keys(pidsNow).filter((instance) => instance !== 'shop-0')).toEqual(
    after.placements['shipping'] === 'service' ? ['shipping-0'] : [],
  );
  if (after.placements['shipping'] === before.placements['shipping']) expect(pidsNow).toEqual(pids);
  expect(load.failures).toEqual([]);
});

test('no request failed meanwhile, and the books agree', async () => {
  await load.stop();
  expect(await failuresIn(load.log)).toEqual([]);
  expect((await shop().audit()).problems).toEqual([]);
});
