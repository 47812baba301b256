import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IntentSchema, parseIntent } from '../src/index.ts';

const docs = (name: string): string =>
  readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');

test('the example of the docs is an intent', () => {
  expect(parseIntent(docs('intent.example.yaml'))).toMatchObject({
    ok: true,
    value: { latency_p99_ms: 200, weights: { risk: 1 } },
  });
});

test('the published schema is the one that is used', () => {
  expect(JSON.parse(docs('intent.schema.json'))).toEqual(JSON.parse(JSON.stringify(IntentSchema)));
});

const GOOD = 'latency_p99_ms: 200\ndaily_cost_usd: 50\navailability: 99.9\nreplicas: 8\n';

test('JSON is read, too', () => {
  const json = '{"latency_p99_ms": 200, "daily_cost_usd": 50, "availability": 99.9, "replicas": 8}';
  expect(parseIntent(json)).toEqual(parseIntent(GOOD));
});

test.each([
  ['a wrong type', GOOD.replace('200', 'fast'), 'intent: latency_p99_ms: expected number; it is "fast"'],
  [
    'a missing field',
    GOOD.replace('replicas: 8', ''),
    'intent: replicas: expected required property; it is missing',
  ],
  ['an unknown field', `${GOOD}price: 3`, 'intent: price is no field of it'],
  ['a share instead of per cent', GOOD.replace('99.9', '0.999'), /^intent: availability: .*50; it is 0.999$/],
  ['all of the time', GOOD.replace('99.9', '100'), /^intent: availability: .* 100; it is 100$/],
  ['half a host', GOOD.replace('8', '1.5'), 'intent: replicas: expected integer; it is 1.5'],
  ['no number', GOOD.replace('200', '.nan'), /^intent: latency_p99_ms: expected number/],
  ['an unknown weight', `${GOOD}weights: { carbon: 1 }`, 'intent: weights.carbon is no field of it'],
  ['nothing', '', 'intent: expected fields such as latency_p99_ms: 200'],
  ['no YAML', 'a: [', /^intent: .+/],
  ['a field twice', `${GOOD}replicas: 9`, /^intent: Map keys must be unique/],
  ['too much', 'x'.repeat(20_000), 'intent: longer than 10000 characters'],
])('%s is refused in one line that names it', (_, text, line) => {
  const parsed = parseIntent(text);
  if (parsed.ok) throw new Error('it was taken');
  expect(parsed.problem).not.toContain('\n');
  if (typeof line === 'string') expect(parsed.problem).toBe(line);
  else expect(parsed.problem).toMatch(line);
});
