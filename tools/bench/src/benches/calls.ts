import type { Bench } from '../bench.ts';
import { withParties, type Party } from '../party.ts';
import { inTurn } from '../rounds.ts';
import { median, medianRatio } from '../statistics.ts';

const at = (file: string): URL => new URL(`../parties/${file}`, import.meta.url);
const ROUND_MS = 600;
const IN_FLIGHT = 8;

/** CPU of all parties together, in µs for each call of a round with some calls in flight. */
async function cpuPerCall(caller: Party, all: readonly Party[], forMs: number): Promise<number> {
  const spent = async (): Promise<number> => {
    const each = await Promise.all(all.map((party) => party.ask<number>('cpuUs')));
    return each.reduce((sum, us) => sum + us, 0);
  };
  const [before, startedAt] = [await spent(), performance.now()];
  const perSecond = await caller.ask<number>('rate', { inFlight: IN_FLIGHT, forMs });
  return ((await spent()) - before) / ((perSecond * (performance.now() - startedAt)) / 1_000);
}

/** What a call between modules costs by where the callee is placed. */
export const calls: Bench = {
  name: 'calls',
  about: 'calls between modules alone, without database: tight against loose',
  needsStack: false,
  rows: [
    {
      name: 'calls.cpuLooseVsTight',
      unit: '×',
      goal: { atLeast: 3 },
      about: `CPU of one call, caller and callee together, callee in a service over callee in the bundle; ${IN_FLIGHT} in flight, each a root of its own.`,
    },
    {
      name: 'calls.p50LooseVsTight',
      unit: '×',
      goal: { atLeast: 3 },
      about:
        'Median time of one call, nothing else in flight, callee in a service over callee in the bundle.',
    },
    { name: 'calls.tightCpuUs', unit: 'µs', about: 'CPU of one call in the bundle, its root included.' },
    {
      name: 'calls.looseCpuUs',
      unit: 'µs',
      about: 'CPU of one call to a service, in both processes together.',
    },
  ],
  async run(context) {
    const parties = [
      { module: at('calls-tight.ts'), core: 1 },
      { module: at('rpc-atlas-client.ts'), core: 1 },
      { module: at('rpc-atlas-server.ts'), core: 0 },
    ];
    return withParties(parties, async (tight, loose, service) => {
      if (!tight || !loose || !service) throw new Error('a party is missing');
      await tight.ask('connect', 0);
      await loose.ask('connect', await service.ask<number>('port'));
      const forMs = context.span(ROUND_MS);
      const found = await inTurn(context, {
        tightCpu: () => cpuPerCall(tight, [tight], forMs),
        looseCpu: () => cpuPerCall(loose, [loose, service], forMs),
        tight: () => tight.ask<number>('p50', { inFlight: 1, forMs }),
        loose: () => loose.ask<number>('p50', { inFlight: 1, forMs }),
      });
      return {
        values: {
          'calls.cpuLooseVsTight': medianRatio(found.looseCpu, found.tightCpu),
          'calls.p50LooseVsTight': medianRatio(found.loose, found.tight),
          'calls.tightCpuUs': median(found.tightCpu),
          'calls.looseCpuUs': median(found.looseCpu),
        },
        samples: {
          'tight CPU µs': found.tightCpu,
          'loose CPU µs': found.looseCpu,
          'tight p50 µs': found.tight,
          'loose p50 µs': found.loose,
        },
      };
    });
  },
};
