import { afterEach, expect, test, vi } from 'vitest';
import type { Scenario } from '@atlas/load';
import { parseStart } from '../src/options.ts';
import { parseFuzz } from '../src/fuzz-options.ts';
import { refuseMismatch } from '../src/scenario-options.ts';
import { parseSoak } from '../src/soak-options.ts';
import { readSettings } from '../src/settings.ts';

const start = (...args: string[]) => parseStart(args, '/somewhere');

test('without options the match day runs under the brain, audited, on port 4600, and the shop stays up', () => {
  expect(start()).toEqual({
    kind: 'run',
    options: {
      once: false,
      idle: false,
      scenario: 'matchday',
      report: null,
      audit: true,
      port: 4600,
      seed: 1,
      pause: false,
      controller: undefined,
      speed: undefined,
      profile: undefined,
      prometheus: undefined,
      reset: false,
      keepWarmMs: undefined,
      spares: 0,
      standbySwitchers: 0,
    },
  });
});

test('auditing is on with load, off without, and can be said', () => {
  const audited = (...args: string[]): unknown => {
    const parsed = start(...args);
    return parsed.kind === 'run' ? parsed.options.audit : parsed;
  };
  expect(audited('--once')).toBe(true);
  expect(audited('--idle')).toBe(false);
  expect(audited('--idle', '--audit')).toBe(true);
  expect(audited('--no-audit')).toBe(false);
});

test('files are meant from where the person stands, names stay names', () => {
  expect(start('--report', 'out/r.json', '--scenario', './mine.json')).toMatchObject({
    options: { report: '/somewhere/out/r.json', scenario: '/somewhere/mine.json' },
  });
  expect(start('--scenario', 'calm')).toMatchObject({ options: { scenario: 'calm' } });
});

test.each([
  [['--bogus'], /unknown option '--bogus'/],
  [['--port', '65536'], /--port.*0 to 65535/],
  [['--port', '-1'], /--port/],
  [['--port', '80.5'], /--port/],
  [['--seed', 'x'], /--seed.*whole number/],
  [['--report'], /--report.*missing/],
  [['--controller', 'magic'], /--controller.*Allowed choices/],
  [['--idle', '--controller', 'tight'], /--idle and --controller exclude/],
  [['--profile', 'mine'], /--profile.*Allowed choices are paper, measured/],
  [['--prometheus', 'localhost:9090'], /--prometheus.*a URL like http/],
  [['--prometheus', 'http://127.0.0.1:9090/?x=1'], /--prometheus.*a URL like http/],
  [['--speed', '61'], /--speed.*1 to 60/],
  [['extra'], /too many arguments/],
  [['--idle', '--once'], /--idle and --once exclude each other/],
  [['--idle', '--scenario', 'calm'], /--idle and --scenario exclude each other/],
])('wrong usage %j is one line and exit code 2', (args, line) => {
  const parsed = start(...args);
  expect(parsed).toMatchObject({ kind: 'exit', code: 2 });
  if (parsed.kind === 'exit') expect(parsed.text).toMatch(line);
  if (parsed.kind === 'exit') expect(parsed.text).not.toContain('\n');
});

afterEach(() => vi.unstubAllEnvs());

test('an option that npm kept for itself is no silence: it is told where to say it', () => {
  vi.stubEnv('npm_config_keep_warm', '10');
  const kept = start();
  expect(kept).toMatchObject({ kind: 'exit', code: 2 });
  if (kept.kind === 'exit') expect(kept.text).toContain('follows a --: npm start -- --keep-warm');
  vi.unstubAllEnvs();
  vi.stubEnv('npm_config_audit', '');
  expect(start()).toMatchObject({ kind: 'run' });
});

const tour: Scenario = { name: 'tour', steps: [{ at: 0, target: { mode: 'loose' } }] };
const day: Scenario = {
  ...{ name: 'day', steps: [] },
  traffic: { trace: 'x.csv', from: '2001-01-03T12:00:00Z', to: '2001-01-03T13:00:00Z', speed: 60 },
};

test.each([
  [day, ['--pause'], /^--pause means nothing in the scenario "day", but .*: --scenario tour$/],
  [{ ...tour, steps: [] }, ['--pause'], /^--pause means nothing/],
  [tour, ['--speed', '12'], /^--speed means nothing in the scenario "tour", but .*: --scenario matchday$/],
  [day, ['--speed', '12'], undefined],
  [tour, ['--pause'], undefined],
])('options that a scenario does not know are refused, with one that does', (scenario, args, line) => {
  const parsed = start(...args);
  if (parsed.kind !== 'run') throw new Error(parsed.text);
  const check = (): void => refuseMismatch(scenario, parsed.options);
  if (line) expect(check).toThrow(line);
  else expect(check).not.toThrow();
});

test('what the brain goes by can be said, with or without load', () => {
  expect(start('--profile', 'paper')).toMatchObject({ options: { profile: 'paper' } });
  expect(start('--idle', '--prometheus', 'http://127.0.0.1:9090/')).toMatchObject({
    options: { idle: true, prometheus: 'http://127.0.0.1:9090' },
  });
});

test('help names every option and is no error', () => {
  const parsed = start('--help');
  expect(parsed).toMatchObject({ kind: 'exit', code: 0 });
  const options =
    '--once --idle --scenario --report --audit --no-audit --port --seed --controller --speed --profile --prometheus --pause --reset --help';
  for (const option of options.split(' '))
    expect(parsed.kind === 'exit' ? parsed.text : '').toContain(option);
});

test('a soak takes its numbers and refuses others', () => {
  expect(parseSoak(['--switches', '24', '--minutes', '2', '--report', 'r.json'], '/x')).toEqual({
    kind: 'run',
    options: { switches: 24, minutes: 2, seed: 1, port: 0, rate: null, keepWarmMs: 0, report: '/x/r.json' },
  });
  expect(parseSoak(['--keep-warm', '60'], '/x')).toMatchObject({ options: { keepWarmMs: 60_000 } });
  expect(parseSoak(['--minutes', '0'], '/x')).toMatchObject({ kind: 'exit', code: 2 });
});

test('the fuzzer asks a fixed number of requests, or for a time', () => {
  expect(parseFuzz([])).toEqual({ kind: 'run', options: { minutes: null, seed: 1, port: 0 } });
  expect(parseFuzz(['--minutes', '3', '--seed', '7'])).toMatchObject({ options: { minutes: 3, seed: 7 } });
  expect(parseFuzz(['--minutes', '0'])).toMatchObject({ kind: 'exit', code: 2 });
  expect(parseFuzz(['--time', '3'])).toMatchObject({ kind: 'exit', code: 2 });
});

test('the environment may say what the brain goes by', () => {
  expect(() => readSettings({ ATLAS_PROFILE: 'paper', ATLAS_LIMITS: 'limits.yaml' }, '/here')).not.toThrow();
});

test('the environment moves the state folder, and unknown keys of ours are refused by name', () => {
  expect(readSettings({ ATLAS_HOME: 'state', INIT_CWD: '/here' }, '/elsewhere').home).toBe('/here/state');
  expect(() => readSettings({ ATLAS_HOEM: 'x' }, '/here')).toThrow(
    /ATLAS_HOEM is not known here; did you mean ATLAS_HOME/,
  );
});
