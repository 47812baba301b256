import { expect, test } from 'vitest';
import { openScreen, plain } from '../src/screen.ts';
import { bar, plainLine, render, words, type View } from '../src/view.ts';
import { sampleProgress, sampleSwitch } from './sample.ts';

const layout = {
  placements: { catalog: 'bundle', cart: 'service', payment: 'service' },
  instances: { bundle: 2, cart: 3, payment: 1 },
} as const;

const autonomy = { level: 4, effective: 4, heldUntil: null, frozen: null };

const view: View = {
  edgeUrl: 'http://127.0.0.1:4600',
  stage: 'replaying',
  progress: sampleProgress,
  history: [
    { rps: 0, p99Ms: 5 },
    { rps: 65, p99Ms: 40 },
    { rps: 131, p99Ms: 18.9 },
  ],
  status: { epoch: 2, mode: 'hybrid', layout, autonomy },
  open: [],
  switchesDone: 1,
  switchesPlanned: 9,
  note: 'Cart and payment leave the bundle.',
  now: 901_500,
};

test('the block tells rate, latency, shape with epoch, switches, failures and progress, aligned', () => {
  expect(render(view, 100).split('\n')).toEqual([
    '',
    '  shop      http://127.0.0.1:4600   replaying a day of real traffic',
    '  rate         131 requests/s           ▁▄█',
    '  latency   p50   2.4 ms  p99  18.9 ms  ▂█▄',
    '  shape     ●● ●  hybrid ×2   epoch 2   bundle ×2 + cart ×3, payment',
    '  switch    none now   Cart and payment leave the bundle.',
    '  failures  0 of 12,345 requests   400 paid',
    `  progress  ${'█'.repeat(20)}${'░'.repeat(20)} 50 %   1 of 9 switches`,
    '',
  ]);
});

test('two bundles are told as such, also when nothing else is outside', () => {
  const tight = { placements: { cart: 'bundle' }, instances: { bundle: 2 } } as const;
  const status = { epoch: 2, mode: 'tight', layout: tight, autonomy } as const;
  expect(plainLine({ ...view, status })).toContain('tight ×2 (epoch 2)');
  expect(render({ ...view, status }, 100)).toContain('tight ×2   epoch 2');
});

test('a freeze and a hold, also of an earlier run, are told with what ends them', () => {
  const frozen = { since: '2026-11-26T09:30:00.000Z', reason: 'stocktaking' };
  const stopped = { ...autonomy, effective: 1, heldUntil: '2026-11-26T10:05:00.000Z', frozen };
  const told = { ...view, status: { epoch: 2, mode: 'hybrid', layout, autonomy: stopped } as const };
  const words = [
    'frozen since 09:30 UTC, stocktaking: npx atlasctl unfreeze ends it',
    "held at level 1 until 10:05 UTC by an operator's switch: npx atlasctl level 4 ends it",
  ];
  for (const line of words) {
    expect(render(told, 100).split('\n')).toContain(`  held      ${line}`);
    expect(plainLine(told)).toContain(line);
    expect(render(view, 100)).not.toContain(line);
  }
});

test('an open switch shows its shapes, what is behind it and ahead of it, and how long it takes', () => {
  const open = [{ ...sampleSwitch, outcome: null, phase: 'committing' as const }];
  expect(render({ ...view, open }, 100)).toContain(
    'tight → hybrid ×2   ✓ prepare  ▸ commit  · route  · drain  · retire   1.5 s',
  );
  expect(render({ ...view, open }, 50)).toContain('tight → hybrid ×2   ▸ commit 1.5 s');
  const aborting = [{ ...sampleSwitch, outcome: null, phase: 'aborting' as const }];
  expect(render({ ...view, open: aborting }, 100)).toContain('tight → hybrid ×2   aborting 1.5 s');
});

test('colours change nothing of the text and its width', () => {
  const painted = render(view, 64, (tone, text) => `<${tone}>${text}</${tone}>`);
  expect(painted).toContain('<good>0 of 12,345 requests</good>');
  expect(painted.replaceAll(/<\/?\w+>/g, '').replaceAll(/ +$/gm, '')).toBe(render(view, 64));
});

test('no line is wider than the terminal, and nothing known yet is no crash', () => {
  const open = [{ ...sampleSwitch, outcome: null, phase: 'draining' as const }];
  for (const width of [24, 40, 71, 72, 90, 200])
    for (const line of render({ ...view, open }, width).split('\n'))
      expect([...line].length).toBeLessThanOrEqual(width);
  const empty = {
    ...view,
    progress: undefined,
    status: undefined,
    history: [],
    stage: 'calibrating',
  } as const;
  expect(render(empty, 80)).toContain('measuring what this machine can do');
});

test('without a terminal there is a plain line every 5 s, and events at once', () => {
  const lines: string[] = [];
  let clock = 0;
  const screen = plain({ write: (text: string | Uint8Array) => lines.push(String(text)) > 0 }, () => clock);
  for (clock = 0; clock < 11_000; clock += 1_000)
    screen.show({ ...view, progress: { ...sampleProgress, requests: clock, rps: 131 + clock / 1_000 } });
  screen.say('tight → hybrid: committed');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe(`${plainLine(view)}\n`);
  expect(plainLine(view)).toBe(
    '50 %  131 requests/s  p50 2.4 ms  p99 18.9 ms  hybrid ×2 (epoch 2)  400 paid  0 failed',
  );
});

test.each([0, undefined])('a terminal that tells no size (%s columns) gets plain lines', (columns) => {
  const lines: string[] = [];
  const write = (text: string): boolean => lines.push(text) > 0;
  const out = { isTTY: true, columns, rows: columns, write } as unknown as NodeJS.WriteStream;
  openScreen(out).show(view);
  expect(lines).toEqual([`${plainLine(view)}\n`]);
});

test('bundles are told apart when only their number changes', () => {
  expect(
    words({ from: 'tight', to: 'tight', fromInstances: { bundle: 1 }, toInstances: { bundle: 2 } }),
  ).toBe('tight → tight ×2');
});

test('a bar stays within its cells', () => {
  expect(bar(0, 4)).toBe('░░░░ 0 %');
  expect(bar(1.2, 4)).toBe('████ 120 %');
  expect(bar(null, 4)).toBe('');
});

const brain = {
  ...{ level: 4, rps: 412, rule: 'rise', because: '533 requests/s within 5 minutes' },
  expected: [
    { horizonMin: 5, rps: 480.4, low: 430, high: 520 },
    { horizonMin: 15, rps: 533, low: 400, high: 700 },
    { horizonMin: 60, rps: 300, low: 100, high: 900 },
  ],
};

test('under the brain it shows the time of the trace, what is expected, and what was decided why', () => {
  const trace = { at: new Date('1998-06-10T15:42:31Z'), speed: 60 };
  const lines = render({ ...view, brain, trace }, 80).split('\n');
  expect(lines[1]).toBe('  shop      http://127.0.0.1:4600   15:42 UTC on 1998-06-10, 60 × as fast');
  expect(lines).toContain('  expects   412/s now   480 in 5 min (430–520)   533 in 15 min (400–700)');
  expect(lines).toContain('  decides   rise: 533 requests/s within 5 minutes');
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  expect(plainLine({ ...view, trace })).toContain('15:42');
  const idle = { ...brain, level: 0, rule: null, because: undefined, rps: null, expected: [] };
  expect(render({ ...view, brain: idle }, 80)).toContain('nothing: too little is seen (level 0)');
});
