import { Collector, summaryOf, type Summary, type Target } from '../src/index.ts';
import type { SourceCase } from './sources.ts';
import { textOf, type Counts } from './texts.ts';

const MODULES = ['cart', 'catalog'];
export const target = (instance: string, app = 'shop', process = '1'): Target => ({
  ...{ instance, app, process },
  metricsUrl: `http://${instance}`,
});
export const SHOP = target('shop-0');

/** A collector whose clocks and hosts the test moves. */
export function sceneOf({ source }: SourceCase) {
  const texts = new Map<string, string>();
  const now = { wallMs: 1_000_000, steadyMs: 0 };
  const collector = new Collector({
    bundle: 'shop',
    source: source(texts, () => now.steadyMs),
    clocks: { wallMs: () => now.wallMs, steadyMs: () => now.steadyMs },
  });
  const later = (ms: number, wallMs = ms): void => {
    now.steadyMs += ms;
    now.wallMs += wallMs;
  };
  const round = async (targets: readonly Target[] = [SHOP]): Promise<Summary> => {
    const { at, covered, looks, flaws } = await collector.round(targets);
    return summaryOf({ at, covered: covered ? 1 : 0, looks, modules: MODULES, flaws });
  };
  const says = (instance: string, counts: Counts | string): void =>
    void texts.set(instance, typeof counts === 'string' ? counts : textOf(counts));
  return { says, later, round, silence: (instance: string) => texts.delete(instance) };
}
