/** What the shop costs, as it was learned: what the optimiser weighs. */
import { nullable, type Answer } from '@atlas/control-api/schema';
import { IntentSchema } from '@atlas/brain-optimiser';
import { Type, type Static } from '@sinclair/typebox';

const Cost = (description: string) => Type.Number({ minimum: 0, description });
const perRoot = Cost('Mean calls in one request');

export const CostsView = Type.Object({
  edgeCpuMs: Cost('CPU of a bundle for one request besides modules and calls'),
  modules: Type.Record(
    Type.String(),
    Type.Object({
      operations: Type.Record(
        Type.String(),
        Type.Object({ perRoot, cpuMs: Cost('CPU of one call without the calls that it makes') }),
      ),
      crashesPerDay: Cost('Of its hosts, by its code'),
    }),
  ),
  calls: Type.Array(
    Type.Object({
      from: Type.String({ description: 'A module, or `edge`' }),
      to: Type.String({ description: 'A module' }),
      perRoot,
    }),
  ),
  localCall: Type.Object({ cpuMs: Cost('Within one process') }),
  remoteCall: Type.Object({
    callerCpuMs: Cost('On the side that calls'),
    calleeCpuMs: Cost('On the side that is called'),
    latencyMs: Cost("On the way, nobody's CPU"),
  }),
  waitMs: Cost('Of a request, that no layout changes'),
  tail: Type.Number({ minimum: 1, description: 'p99 over mean' }),
  restartS: Cost('How long a crash keeps the last bundle away'),
  failoverS: Cost('How long requests fail until another host has taken over'),
});

/** Costs, and how far what the model says with them agrees with what was measured. */
export const CalibratedView = Type.Object({
  costs: CostsView,
  windows: Type.Integer({
    minimum: 0,
    description: 'Latency was measured in: some seconds each, without a switch, a trial, a start or a gap',
  }),
  fit: nullable(
    Type.Object(
      {
        measuredMs: Cost('p99 in the middle of the windows'),
        predictedMs: Cost('The same as the model says'),
      },
      { description: 'null: too few windows, nothing is said of latency' },
    ),
  ),
});

/** Costs, where they were learned, and what is wanted. */
export const WeighedView = Type.Object({
  learnedAtMs: Type.Number({ description: 'ms since 1970, real' }),
  ...CalibratedView.properties,
  site: Type.Object({
    cores: Type.Number({ exclusiveMinimum: 0 }),
    coreHourUsd: Cost('Of a core'),
    hostHourUsd: Cost('Of a host that idles'),
    mostInstances: Type.Integer({ minimum: 1, description: 'Of one host' }),
  }),
  intent: Type.Object(IntentSchema.properties),
});
export type WeighedView = Answer<Static<typeof WeighedView>>;
