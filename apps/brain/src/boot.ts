/** Wires the brain: store, eyes, mind, loop, API. */
import { openBrainStore, prometheus, type BrainStore, type Source } from '@atlas/brain-collector';
import { forecastAdvisor, optimiserAdvisor } from '@atlas/brain-advisors';
import { decide, reactive } from '@atlas/brain-decision';
import { readRunFile, updateRunFile } from '@atlas/platform-stack';
import type { Logger } from 'pino';
import { join } from 'node:path';
import { Answers } from './api/answers.ts';
import { startServer } from './api/server.ts';
import type { BrainConfig } from './brain.config.ts';
import { machine, siteOf } from './costs/site.ts';
import { Learner } from './costs/learner.ts';
import { REAL_CLOCKS, traceTimeOf, type TraceTime } from './clocks.ts';
import { readInputs } from './inputs/inputs.ts';
import { brainMetrics } from './watch/brain-metrics.ts';
import { Council } from './watch/council.ts';
import { openEyes, type Eyes } from './watch/eyes.ts';
import { textOf } from './watch/text-of.ts';
import { guardOf } from './watch/guard.ts';
import { Mind } from './watch/mind.ts';
import { tellLast, tellPast } from './watch/past.ts';
import { TargetFile } from './watch/target-file.ts';
import { openVoice } from './watch/voice.ts';
import { Watch } from './watch/watch.ts';

export interface RunningBrain {
  readonly url: string;
  close(): Promise<void>;
}

interface Resuming {
  readonly mind: Mind;
  readonly council: Council;
  readonly learner: Learner;
  readonly store: BrainStore;
  readonly log: Logger;
  readonly time: TraceTime;
}

/** Resumes from the store. Without one it begins without its past, and says so: the loop reads that when the store is back. */
async function resume({ mind, council, learner, store, log, time }: Resuming): Promise<void> {
  const began = performance.now();
  try {
    const costs = learner.recall(await store.keptCosts(), REAL_CLOCKS.wallMs());
    mind.memory.know(await store.sales());
    const minutes = await tellPast(mind.memory, store, { time, wallMs: REAL_CLOCKS.wallMs() });
    const decision = await tellLast({ mind, council }, store, { time, wallMs: REAL_CLOCKS.wallMs() });
    const ms = Math.round(performance.now() - began);
    log.info({ minutes, decision, costs, ms }, 'resumed from the store');
  } catch (error) {
    log.warn(
      { cause: (error as Error).message },
      'the store does not answer: it begins without its past, which it reads when the store is back',
    );
  }
}

/** Undefined: what the hosts say themselves. */
function sourceOf({ ATLAS_PROMETHEUS: url }: BrainConfig): Source | undefined {
  return url === undefined ? undefined : prometheus({ url, ask: textOf });
}

/** Whoever looks tells the file of hosts whom it sees. */
const told = (eyes: Eyes, file: TargetFile): Eyes => ({
  ...eyes,
  async targets() {
    const targets = await eyes.targets();
    void file.tell(targets);
    return targets;
  },
});

/** @throws Error when nothing runs in the folder, or the port is taken. */
export async function boot(config: BrainConfig, log: Logger): Promise<RunningBrain> {
  const home = config.ATLAS_HOME;
  if (!(await readRunFile(home))) throw new Error(`nothing runs in ${home}`);
  const modules = config.ATLAS_MODULES.split(',');
  const bundle = config.ATLAS_BUNDLE;
  const store = openBrainStore(config.ATLAS_BRAIN_STORE_URL);
  const { policy, limits, intent, guardrails } = await readInputs(config);
  const time = traceTimeOf(config);
  const code = { machine: machine(), build: config.ATLAS_BUILD };
  const learner = new Learner({ modules, site: siteOf(config, limits), intent, ...code });
  const { known } = learner;
  const compared = config.ATLAS_BRAIN_CONTROLLER === 'reactive';
  const controller = compared ? reactive : decide;
  const intentP99Ms = intent.latency_p99_ms;
  const mind = new Mind({ modules, policy, controller, intentP99Ms, speed: time.speed });
  const advisors = compared ? [] : [optimiserAdvisor(known), forecastAdvisor];
  const council = new Council({ advisors, known, policy: policy.rules });
  const guard = guardOf({ guardrails, limits, known });
  await resume({ mind, council, learner, store, log, time });
  const open = openEyes({ home, apps: [bundle, ...modules], token: config.ATLAS_BRAIN_TOKEN });
  const eyes = told(open, new TargetFile(join(home, 'prometheus-targets.json')));
  const voice = openVoice(open.control);
  const { coolDownMs } = policy.rules;
  const source = sourceOf(config);
  const loop = { mind, council, guard, learner };
  const parts = { bundle, modules, eyes, source, voice, ...loop, store, log, coolDownMs };
  const watch = new Watch({ ...parts, clocks: REAL_CLOCKS, time });
  const metrics = brainMetrics({ watch, mind, council });
  const server = await startServer({
    answers: new Answers({ mind, watch, store, policy }),
    metrics,
    operatorFingerprint: config.ATLAS_OPERATOR_FINGERPRINT,
    port: config.ATLAS_BRAIN_PORT,
    defect: (error) => log.error({ err: error }, 'a request met a defect'),
  });
  watch.start();
  await updateRunFile(home, (document) => ({ ...document, brainUrl: server.url }));
  return {
    url: server.url,
    close: async () => {
      await server.close();
      await watch.stop();
      await store.close();
      metrics.close();
    },
  };
}
