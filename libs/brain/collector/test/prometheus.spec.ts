import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Collector, deltaOf, prometheus, summaryOf, type Summary, type Target } from '../src/index.ts';
import { queryOf, takenOf } from '../src/sources/prometheus.ts';
import { fakeHost, PROGRAM, startPrometheus, type FakeHost } from './real-prometheus.ts';
import { answerOf } from './sources.ts';
import { textOf } from './texts.ts';

const target = (url = 'http://127.0.0.1:4701'): Target => ({
  ...{ instance: 'shop-0', app: 'shop', process: '1' },
  metricsUrl: url,
});

/** A value beside the `before` one, of the scrape's own time. */
const aged = (ageS: number, answers: number, steadyMs: number) =>
  takenOf(target(), answerOf(textOf({ cpu: answers, answers: { 'cart.get 200': answers } }), steadyMs, ageS));

describe('an answer of Prometheus', () => {
  test('is asked for by address and port, as Prometheus calls a host', () => {
    expect(queryOf(target())).toContain('instance="127.0.0.1:4701"');
  });

  test('is dated by the moment of the scrape, not of the question', () => {
    const [first, second] = [aged(0.25, 10, 1_000), aged(1, 30, 3_750)];
    const delta = deltaOf(first, second);
    expect(second.steadyMs - first.steadyMs).toBeCloseTo(2_000, 0);
    expect(delta).toMatchObject({ kind: 'rates', rates: { operations: { 'cart.get': { requests: 10 } } } });
  });

  test('that is the same scrape again is not taken, however much later it is asked for', () => {
    expect(deltaOf(aged(0.25, 10, 1_000), aged(1.25, 10, 2_000))).toEqual({
      kind: 'refused',
      flaw: 'replayed',
    });
  });

  test.each([6, Number.NaN, Infinity])('that is %d s old says nothing of now', (ageS) => {
    expect(deltaOf(undefined, aged(ageS, 10, 0))).toEqual({ kind: 'refused', flaw: 'late' });
  });

  test.each([3_600_000, -3_600_000])(
    'from a clock that was set by %d ms is a new beginning, and then right',
    (jump) => {
      const [before, after, next] = [aged(0, 10, 0), aged(0, 20, jump), aged(0, 30, jump + 1_000)];
      expect(deltaOf(before, after)).toEqual({ kind: 'begun', flaw: 'late', onTrial: false });
      expect(deltaOf(after, next)).toMatchObject({ kind: 'rates' });
    },
  );

  test('that is a bit older than the last, from another of two, is not taken', () => {
    expect(deltaOf(aged(0, 20, 2_000), aged(0, 10, 1_000))).toEqual({ kind: 'refused', flaw: 'replayed' });
  });

  test('that two jobs scraped is not believed: it would be twice the load', () => {
    const answer = JSON.parse(answerOf(textOf({ cpu: 1 }), 0)) as { data: { result: { metric: object }[] } };
    const again = answer.data.result.map((each) => ({ ...each, metric: { ...each.metric, job: 'other' } }));
    const both = JSON.stringify({ ...answer, data: { result: [...answer.data.result, ...again] } });
    expect(deltaOf(undefined, takenOf(target(), both))).toEqual({ kind: 'refused', flaw: 'absurd' });
  });

  test('with an empty value says nothing of it: it is no 0, and its age is not known', () => {
    const emptied = (of: RegExp): string => answerOf(textOf({ cpu: 1 }), 0).replace(of, '$1""]');
    const [value, age] = [/("process_cpu_seconds_total".*?"value":\[\d+,)"[^"]*"\]/, /("age".*?,)"[^"]*"\]/];
    expect(deltaOf(undefined, takenOf(target(), emptied(value)))).toEqual({
      kind: 'refused',
      flaw: 'unreadable',
    });
    expect(deltaOf(undefined, takenOf(target(), emptied(age)))).toEqual({ kind: 'refused', flaw: 'late' });
  });

  test.each([
    ['no JSON', '<html>'],
    ['an error', '{"status":"error","errorType":"bad_data","error":"x"}'],
    ['nothing of the host', '{"status":"success","data":{"resultType":"vector","result":[]}}'],
    ['a number', '{"status":"success","data":{"resultType":"scalar","result":[1,"2"]}}'],
    ['series without values', '{"status":"success","data":{"result":[{"metric":{},"histogram":[1,{}]}]}}'],
  ])('with %s is none', (_, text) => {
    expect(() => takenOf(target(), text)).toThrow();
  });

  test('of any shape is a reading or an error, and what it leads to is finite', () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.constantFrom('NaN', '+Inf', '-1', '1e400'));
    const metric = fc.record({
      __name__: fc.constantFrom('process_cpu_seconds_total', 'atlas_edge_requests_total', 'other'),
      operation: fc.constantFrom('cart.get', 'constructor', '__proto__'),
      status: fc.constantFrom('200', '503', 'x'),
    });
    const element = fc.record({ metric, value: fc.tuple(fc.double(), value.map(String)) });
    const age = { metric: { atlas_scrape: 'age' }, value: [1, '0.1'] };
    /** Of a host, with a few values that are not its own. */
    const ofHost = fc
      .tuple(fc.nat(999), fc.array(fc.tuple(fc.nat(), value.map(String)), { maxLength: 2 }))
      .map(([cpu, strange]) => {
        const whole = answerOf(textOf({ cpu, answers: { 'cart.get 200': cpu } }), 0);
        const { result } = (JSON.parse(whole) as { data: { result: { value: unknown }[] } }).data;
        return strange.reduce((all, [at, text]) => {
          const place = at % all.length;
          return all.with(place, { ...all[place], value: [1, text] });
        }, result);
      });
    const result = fc.oneof(
      { weight: 4, arbitrary: ofHost },
      fc.array(element).map((all) => [...all, age]),
      fc.anything(),
    );
    let rates = 0;
    fc.assert(
      fc.property(result, result, (first, second) => {
        const taken = [first, second].flatMap((each, second) => {
          try {
            const moved = JSON.stringify({ status: 'success', data: { result: each } });
            return [{ ...takenOf(target(), moved), steadyMs: second * 1_000 }];
          } catch {
            return [];
          }
        });
        const [before, after] = taken;
        const delta = before && after ? deltaOf(before, after) : undefined;
        if (delta?.kind !== 'rates') return;
        rates += 1;
        expect(Number.isFinite(delta.rates.cpu)).toBe(true);
        for (const { requests } of Object.values(delta.rates.operations))
          expect(Number.isFinite(requests) && requests >= 0).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(rates).toBeGreaterThan(0);
  });
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function textAt(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(800) });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  return answer.text();
}

/** Looks until a look fits. */
const lookUntil = (look: () => Promise<Summary>, fits: (seen: Summary) => boolean): Promise<Summary> =>
  vi.waitFor(
    async () => {
      const seen = await look();
      expect(seen).toSatisfy(fits);
      return seen;
    },
    { timeout: 30_000, interval: 250 },
  );

/** A host that serves more with every scrape, a real Prometheus, and a collector that asks it. */
async function running(program: string) {
  const host = await fakeHost('');
  closing.push(() => host.close());
  const server = await startPrometheus(program, [host]);
  closing.push(() => server.close());
  const clocks = { wallMs: () => Date.now(), steadyMs: () => performance.now() };
  const source = prometheus({ url: server.url, ask: textAt });
  const collector = new Collector({ bundle: 'shop', source, clocks });
  const look = async (): Promise<Summary> => {
    const { at, covered, looks, flaws } = await collector.round([target(host.url)]);
    return summaryOf({ at, covered: covered ? 1 : 0, looks, modules: ['cart'], flaws });
  };
  return { host, look };
}

/** The host's counters stand where they would if they had grown at these rates since it began. */
function serving(host: FakeHost, perSecond: number, start = 1): () => void {
  const began = performance.now();
  const say = (): void => {
    const seconds = (performance.now() - began) / 1_000;
    host.text = textOf({ cpu: 1 + seconds / 2, start, answers: { 'cart.get 200': seconds * perSecond } });
  };
  const timer = setInterval(say, 20);
  say();
  return () => clearInterval(timer);
}

const flawOf = ({ flaws }: Summary): string | undefined => flaws[0]?.flaw;

/** `npm run alerts` brings a Prometheus; without one the recorded form of its answers is tested alone. */
test.skipIf(PROGRAM === undefined)(
  'a real Prometheus tells the same, and what is wrong',
  { timeout: 60_000 },
  async () => {
    const { host, look } = await running(PROGRAM ?? '');
    let stop = serving(host, 40);
    const good = await lookUntil(look, ({ covered }) => covered === 1);
    expect(good.flaws).toEqual([]);
    expect(good.answers.rps).toBeGreaterThan(20);
    expect(good.answers.rps).toBeLessThan(80);
    expect(good.hosts['shop-0']?.cpu).toBeGreaterThan(0.2);
    stop();
    host.text = undefined; // the next scrape fails, and all that it told is stale
    expect(flawOf(await lookUntil(look, (seen) => flawOf(seen) === 'missing'))).toBe('missing');
    stop = serving(host, 10, 2); // another process: its counters begin anew
    expect(flawOf(await lookUntil(look, (seen) => flawOf(seen) === 'first'))).toBe('first');
    const again = await lookUntil(look, ({ covered }) => covered === 1);
    expect(again.answers.rps).toBeLessThan(20);
    stop();
    host.text = textOf({ cpu: 99, start: 2 }).replace(
      /^process_resident.*$/m,
      'process_resident_memory_bytes NaN',
    );
    expect(flawOf(await lookUntil(look, (seen) => flawOf(seen) === 'absurd'))).toBe('absurd');
  },
);
