import { METRICS } from '@atlas/platform-telemetry';
import { expect, test } from 'vitest';
import { brainMetrics } from '../src/watch/brain-metrics.ts';
import { loop } from './loop.ts';

test('tells what it sees, expects, thinks and achieves', async () => {
  const { watch, mind, world, switcher, seconds } = loop();
  const metrics = brainMetrics({ watch, mind });
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
    'atlas_brain_thinking_seconds_count 79',
    'atlas_brain_thinking_seconds_bucket{le="+Inf"} 79',
    '# TYPE atlas_brain_thinking_seconds histogram',
    '# TYPE atlas_brain_looks_total counter',
  ])
    expect(text.split('\n')).toContain(line);
  expect(text).toMatch(/^atlas_brain_rate\{horizon="60"\} [\d.]+$/m);
  expect(text).toContain(METRICS.cpuSeconds.name);
});
