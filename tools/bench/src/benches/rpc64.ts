import type { Bench } from '../bench.ts';
import { inTurn } from '../rounds.ts';
import { median, medianRatio } from '../statistics.ts';
import { TRANSPORTS, withClients } from './rpc-pairs.ts';

const IN_FLIGHT = 64;
const ROUND_MS = 1_200;

/** Calls between two processes, many at a time. */
export const rpc64: Bench = {
  name: 'rpc64',
  about: `calls between two processes, ${IN_FLIGHT} in flight, small JSON, against four others`,
  needsStack: false,
  rows: [
    {
      name: 'rpc64.vsBestPeer',
      unit: '×',
      goal: { atLeast: 2 },
      about: "Calls per second over the better of Moleculer's and Nest's own TCP transports.",
    },
    {
      name: 'rpc64.vsGrpc',
      unit: '×',
      goal: { atLeast: 10 },
      about: 'Calls per second over grpc-js (one channel, JSON as the codec).',
    },
    {
      name: 'rpc64.vsBare',
      unit: '×',
      goal: { atLeast: 0.8 },
      about:
        'Calls per second over a bare loop that batches lines of an id and the same payload, and neither checks nor bounds anything.',
    },
    { name: 'rpc64.perSecond', unit: 'calls/s', about: 'Calls per second; each call is a root of its own.' },
  ],
  async run(context) {
    const question = { inFlight: IN_FLIGHT, forMs: context.span(ROUND_MS) };
    return withClients(TRANSPORTS, async (clients) => {
      const rate = await inTurn(context, {
        atlas: () => clients.atlas.ask<number>('rate', question),
        bare: () => clients.bare.ask<number>('rate', question),
        nest: () => clients.nest.ask<number>('rate', question),
        moleculer: () => clients.moleculer.ask<number>('rate', question),
        grpc: () => clients.grpc.ask<number>('rate', question),
      });
      const best = median(rate.nest) >= median(rate.moleculer) ? rate.nest : rate.moleculer;
      return {
        values: {
          'rpc64.vsBestPeer': medianRatio(rate.atlas, best),
          'rpc64.vsGrpc': medianRatio(rate.atlas, rate.grpc),
          'rpc64.vsBare': medianRatio(rate.atlas, rate.bare),
          'rpc64.perSecond': median(rate.atlas),
        },
        samples: Object.fromEntries(TRANSPORTS.map((name) => [`${name} calls/s`, rate[name]])),
      };
    });
  },
};
