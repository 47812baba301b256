/** Wires the brain: store, eyes, mind, loop, API. */
import { MINUTE_MS, openBrainStore, type BrainStore } from '@atlas/brain-collector';
import { PAPER } from '@atlas/brain-decision';
import { readRunFile, updateRunFile } from '@atlas/platform-stack';
import type { Logger } from 'pino';
import { Answers } from './api/answers.ts';
import { startServer } from './api/server.ts';
import type { BrainConfig } from './brain.config.ts';
import { openEyes } from './watch/eyes.ts';
import { Mind } from './watch/mind.ts';
import type { StoredThought } from './watch/thought.ts';
import { openVoice } from './watch/voice.ts';
import { Watch } from './watch/watch.ts';

export interface RunningBrain {
  readonly url: string;
  close(): Promise<void>;
}

/** What a forecast looks back on, eight days, and how much of it is read at once. */
const MINUTES = 8 * 1_440;
const PAGE = 1_440;
/** Whether it was just here is asked of so many stored seconds, ms. */
const RECENT_MS = 15_000;
const POLICY = { name: 'paper', rules: PAPER };
const CLOCKS = { wallMs: () => Date.now(), steadyMs: () => performance.now() };

/** Resumes from the store; without one it begins anew, and says so. */
async function resume(mind: Mind, store: BrainStore, log: Logger): Promise<void> {
  const began = performance.now();
  const since = Math.floor(CLOCKS.wallMs() / MINUTE_MS) - MINUTES;
  let read = 0;
  try {
    mind.know(await store.sales());
    for (let from = since, page; (page = await store.minutes(from, PAGE)).length > 0;) {
      mind.recall(page);
      read += page.length;
      from = (page.at(-1)?.minute ?? from) + 1;
    }
    const [last] = await store.decisions<StoredThought>(1);
    const seconds = await store.secondsSince(CLOCKS.wallMs() - RECENT_MS);
    const seenAt = seconds.findLast(({ covered }) => covered > 0)?.at;
    mind.resume({ state: last?.body.after, epoch: last?.body.observation.epoch, seenAt });
    const ms = Math.round(performance.now() - began);
    log.info({ minutes: read, decision: last?.id, ms }, 'resumed from the store');
  } catch (error) {
    log.warn(
      { cause: (error as Error).message, minutes: read },
      'the store does not answer: it goes on with a part of its past',
    );
  }
}

/** @throws Error when nothing runs in the folder, or the port is taken. */
export async function boot(config: BrainConfig, log: Logger): Promise<RunningBrain> {
  const home = config.ATLAS_HOME;
  const file = await readRunFile(home);
  if (!file) throw new Error(`nothing runs in ${home}`);
  const modules = config.ATLAS_MODULES.split(',');
  const bundle = config.ATLAS_BUNDLE;
  const store = openBrainStore(config.ATLAS_BRAIN_STORE_URL);
  const mind = new Mind({ modules, policy: POLICY });
  await resume(mind, store, log);
  const eyes = openEyes(home, [bundle, ...modules]);
  const voice = openVoice(eyes.control);
  const { coolDownMs } = POLICY.rules;
  const watch = new Watch({ bundle, modules, eyes, voice, mind, store, log, coolDownMs, clocks: CLOCKS });
  const server = await startServer({
    answers: new Answers({ mind, watch, store, policy: POLICY }),
    operatorToken: file.operatorToken,
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
    },
  };
}
