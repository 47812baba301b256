import { forecastAdvisor } from '@atlas/brain-advisors';
import { METRICS } from '@atlas/platform-telemetry';
import { expect, test } from 'vitest';
import { brainMetrics } from '../src/watch/brain-metrics.ts';
import type { StoredThought } from '../src/watch/thought.ts';
import { loop } from './loop.ts';
import { newCouncil } from './scene.ts';

test('tells what it sees, expects, thinks and achieves', async () => {
  const council = newCouncil([forecastAdvisor, { name: 'mute', advise: () => 'has no model' }]);
  const { watch, mind, world, switcher, seconds } = loop({ council });
  const metrics = brainMetrics({ watch, mind, council });
  switcher.set({ level: 4 });
  await seconds(70);
  world.rps = 2_000;
  await seconds(10);
  world.shop = false;
  await seconds(1);
  const text = await metrics.expose();
  metrics.close();
  for (const line of [
    'atlas_brain_level 4',
    'atlas_brain_frozen 0',
    'atlas_brain_deciding 0',
    'atlas_brain_contact{to="switcher"} 1',
    'atlas_brain_looks_total{covered="true"} 79',
    'atlas_brain_looks_total{covered="false"} 2',
    'atlas_brain_flaws_total{flaw="missing"} 1',
    'atlas_brain_outcomes_total{outcome="accepted"} 1',
    'atlas_brain_advice_total{advisor="forecast",answer="advice"} 79',
    'atlas_brain_advice_total{advisor="forecast",answer="silence"} 0',
    'atlas_brain_advice_total{advisor="mute",answer="silence"} 79',
    'atlas_brain_trust{advisor="table"} 0.5',
    'atlas_brain_trust{advisor="mute"} 0.25',
    'atlas_brain_forecasts_total{horizon="15",came="above"} 0',
    'atlas_brain_guardrail_breaks_total{outcome="waiting"} 0',
    'atlas_brain_thinking_seconds_count 79',
    'atlas_brain_thinking_seconds_bucket{le="+Inf"} 79',
    '# TYPE atlas_brain_thinking_seconds histogram',
    '# TYPE atlas_brain_looks_total counter',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).toMatch(/^atlas_brain_rate\{horizon="60"\} [\d.]+$/m);
  expect(text).toMatch(/^atlas_brain_rate_band\{horizon="60",limit="high"\} [\d.]+$/m);
  expect(text).toContain(METRICS.cpuSeconds.name);
});

test('of minutes that are over by now nothing is expected, nor told with a decision', async () => {
  const council = newCouncil();
  const { watch, mind, now, store, seconds } = loop({ council });
  await seconds(70);
  now.wallMs += 20 * 60_000;
  now.steadyMs += 20 * 60_000;
  await seconds(3);
  const metrics = brainMetrics({ watch, mind, council });
  const text = await metrics.expose();
  metrics.close();
  expect(text.match(/^atlas_brain_rate(_band)?\{[^}]*/gm)?.map((line) => line.slice(12))).toEqual([
    ...['rate{horizon="0"', 'rate{horizon="60"'],
    ...['rate_band{horizon="60",limit="low"', 'rate_band{horizon="60",limit="high"'],
  ]);
  await watch.stop();
  const [last] = await store.decisions<StoredThought>(1);
  expect(last?.body.forecasts.map(({ horizonMin }) => horizonMin)).toEqual([60]);
});

test('counts what broke a guardrail by what became of it', async () => {
  const council = newCouncil();
  const { watch, mind, world, switcher, seconds } = loop({ council, guard: () => ['2 hosts, at most 1'] });
  switcher.set({ level: 3 });
  await seconds(3);
  world.rps = 2_000;
  await seconds(10);
  const metrics = brainMetrics({ watch, mind, council });
  const lines = (await metrics.expose()).split('\n');
  metrics.close();
  expect(lines).toContain('atlas_brain_guardrail_breaks_total{outcome="waiting"} 1');
  expect(lines).toContain('atlas_brain_guardrail_breaks_total{outcome="accepted"} 0');
});
