/** What the terminal shows, as a pure function of what is known: one calm, aligned block. */
import type { ProgressLine } from '@atlas/load';
import type { AutonomyView, LayoutInfo, Mode, Status, SwitchView } from '@atlas/control-api';
import { held } from './held.ts';

export type Stage = 'calibrating' | 'replaying' | 'settling' | 'auditing';

/** What of the status is shown. */
interface Shape extends Pick<Status, 'mode' | 'epoch'> {
  readonly layout: Pick<LayoutInfo, 'placements' | 'instances'> | null;
  readonly autonomy: AutonomyView;
}

/** What the brain said last. */
export interface BrainView {
  /** What counts of its autonomy, 0-4. */
  readonly level: number;
  /** Requests per second, as it sees them. */
  readonly rps: number | null;
  readonly rule: string | null;
  readonly because: string | undefined;
  /** Of the whole shop. */
  readonly expected: readonly {
    readonly horizonMin: number;
    readonly rps: number;
    readonly low: number;
    readonly high: number;
  }[];
}

export interface View {
  readonly edgeUrl: string;
  readonly stage: Stage;
  readonly progress: ProgressLine | undefined;
  readonly status: Shape | undefined;
  /** Progress lines so far, the newest last; one a second. */
  readonly history: readonly Pick<ProgressLine, 'rps' | 'p99Ms'>[];
  /** Switches that are not through, oldest first. */
  readonly open: readonly SwitchView[];
  readonly switchesDone: number;
  /** 0: not known. */
  readonly switchesPlanned: number;
  /** What the scenario says about its present step. */
  readonly note: string | undefined;
  /** In the time of a trace: its clock and speed; undefined in real time. */
  readonly trace?: { readonly at: Date; readonly speed: number } | undefined;
  /** What the brain thinks; undefined without one. */
  readonly brain?: BrainView | undefined;
  /** Last full stop of this view, ms since 1970. */
  readonly now: number;
}

/** What a piece of text means; colours follow from it, and nothing is told by colour alone. */
export type Tone = 'quiet' | 'strong' | 'good' | 'bad' | 'busy';
/** Puts a tone on a text; without colours the text itself. */
export type Paint = (tone: Tone, text: string) => string;
type Piece = string | readonly [Tone, string];

const LABEL = 10;
/** From here on there is room for what is good to know, too. */
const WIDE = 72;

const STAGES: Record<Stage, string> = {
  calibrating: 'measuring what this machine can do (5 s)',
  replaying: 'replaying a day of real traffic',
  settling: 'waiting for the last orders to become definite',
  auditing: 'auditing every request, call and cent',
};

const unpainted: Paint = (_tone, text) => text;

/** The block, without a newline at its end; no line is wider than `width`, the columns of the terminal. */
export function render(view: View, width: number, paint: Paint = unpainted): string {
  const { progress, status } = view;
  const wide = width >= WIDE;
  const room = Math.max(8, Math.min(40, width - LABEL - 2 - (wide ? 42 : 12)));
  const rows: (readonly [string, ...Piece[]])[] = [
    ['shop', ['strong', view.edgeUrl], ...(wide ? [['quiet', `   ${stageOf(view)}`] as const] : [])],
    ...(wide ? [] : [['now', stageOf(view)] as const]),
    ['rate', ...(progress ? rate(view, progress, room, wide) : NOTHING)],
    ['latency', ...(progress ? latency(view, progress, room, wide) : NOTHING)],
    ['shape', ...(status ? shape(status) : NOTHING)],
    ...(status ? held(status.autonomy) : []).map(({ what, ends }) => ['held', ['bad', what], ends] as const),
    ...(view.brain ? ([['expects', ...expecting(view.brain)]] as const) : []),
    ...(view.brain ? ([['decides', ...deciding(view.brain)]] as const) : []),
    ['switch', ...switching(view, wide)],
    ['failures', ...(progress ? failures(progress) : NOTHING)],
    ['progress', ...progressed(view, Math.max(10, Math.min(40, width - LABEL - 32)))],
  ];
  const lines = rows.map(([label, ...pieces]) =>
    fit(['  ', ['quiet', label.padEnd(LABEL)], ...pieces], Math.max(20, width), paint),
  );
  return ['', ...lines, ''].join('\n');
}

/** `12:30 on 10 June 1998, 60 times as fast` while a trace is replayed. */
function stageOf({ stage, trace }: View): string {
  if (!trace || stage !== 'replaying') return trace && stage === 'calibrating' ? 'warming up' : STAGES[stage];
  const [day = '', clock = ''] = trace.at.toISOString().split('T');
  return `${clock.slice(0, 5)} UTC on ${day}, ${trace.speed} × as fast`;
}

/** `412/s now, 480 in 5 min (430–520), 533 in 15 min (…)` */
function expecting({ rps, expected }: BrainView): readonly Piece[] {
  if (expected.length === 0) return NOTHING;
  const told = expected
    .filter(({ horizonMin }) => horizonMin < 60)
    .map((each) => `${whole(each.rps)} in ${each.horizonMin} min (${whole(each.low)}–${whole(each.high)})`);
  return [`${rps === null ? '–' : whole(rps)}/s now   `, ['quiet', told.join('   ')]];
}

function deciding({ level, rule, because }: BrainView): readonly Piece[] {
  const words = rule === null ? 'nothing: too little is seen' : rule;
  return [
    [rule === 'stay' || rule === null ? 'quiet' : 'busy', words],
    ['quiet', `${because === undefined ? '' : `: ${because}`}${level < 4 ? ` (level ${level})` : ''}`],
  ];
}

const whole = (rps: number): string => count(Math.round(rps));

/** Cuts by what is seen: a colour has no width. */
function fit(pieces: readonly Piece[], width: number, paint: Paint): string {
  let left = width;
  let line = '';
  for (const piece of pieces) {
    const [tone, text] = typeof piece === 'string' ? [undefined, piece] : piece;
    const shown = [...text].slice(0, left).join('');
    left -= [...shown].length;
    line += tone === undefined || shown === '' ? shown : paint(tone, shown);
  }
  return line.trimEnd();
}

const NOTHING: readonly Piece[] = [['quiet', '–']];

/** One line for terminals that cannot redraw, and for logs. */
export function plainLine(view: View): string {
  const { progress, status } = view;
  if (!progress || view.stage !== 'replaying') return stageOf(view);
  const share = progress.fraction === null ? '' : `${Math.round(progress.fraction * 100)} %  `;
  const shaped = status?.mode
    ? `${named(status.mode, status.layout?.instances ?? null)} (epoch ${status.epoch})`
    : 'no shape yet';
  const stopped = (status ? held(status.autonomy) : []).map(({ what, ends }) => `  ${what}${ends}`).join('');
  const clock = view.trace ? `${view.trace.at.toISOString().slice(11, 16)}  ` : '';
  return (
    `${share}${clock}${progress.rps.toFixed(0)} requests/s  p50 ${ms(progress.p50Ms).trim()}  p99 ${ms(progress.p99Ms).trim()}  ` +
    `${shaped}  ${progress.paid} paid  ${progress.failed} failed${stopped}`
  );
}

/** Both figures of a row are this wide, so that the curves behind them begin below each other. */
const FIGURES = 28;

function rate(view: View, progress: ProgressLine, room: number, wide: boolean): readonly Piece[] {
  const words = `${count(Math.round(progress.rps)).padStart(6)} requests/s`;
  if (!wide) return [['strong', words]];
  const curve = spark(
    view.history.map(({ rps }) => rps),
    room,
  );
  return [
    ['strong', words.padEnd(FIGURES)],
    ['quiet', curve],
  ];
}

function latency(view: View, { p50Ms, p99Ms }: ProgressLine, room: number, wide: boolean): readonly Piece[] {
  const words: Piece[] = [['quiet', 'p50'], `${ms(p50Ms)}  `, ['quiet', 'p99'], ms(p99Ms)];
  if (!wide) return words;
  const curve = spark(
    view.history.map((past) => past.p99Ms ?? 0),
    room,
  );
  return [...words, ' '.repeat(FIGURES - 26), ['quiet', curve]];
}

/** 1234567 → 1,234,567 */
const count = (value: number): string => value.toLocaleString('en-US');

const ms = (value: number | null): string =>
  (value === null ? '–' : `${value.toFixed(value < 1_000 ? 1 : 0)} ms`).padStart(9);

function failures({ failed, requests, paid, pendingOrders }: ProgressLine): readonly Piece[] {
  return [
    [failed === 0 ? 'good' : 'bad', `${count(failed)} of ${count(requests)} requests`],
    `   ${count(paid)} paid`,
    ...(pendingOrders > 0 ? ([['quiet', `   ${pendingOrders} not yet definite`]] as const) : []),
  ];
}

/** Joined, partly joined, apart: the same three dots as in the storefront. */
const DOTS: Readonly<Record<Mode, string>> = { tight: '●    ', hybrid: '●● ● ', loose: '● ● ●' };

/** `●● ●  hybrid  epoch 7  bundle ×1 + cart, payment` */
function shape({ mode, epoch, layout }: Shape): readonly Piece[] {
  if (mode === null || !layout) return NOTHING;
  return [
    ['good', `${DOTS[mode]} `],
    ['strong', named(mode, layout.instances).padEnd(6)],
    `   epoch ${epoch}   `,
    ['quiet', shapeWords(layout.placements, layout.instances)],
  ];
}

function shapeWords(
  placements: Readonly<Record<string, string>>,
  instances: Readonly<Record<string, number>>,
): string {
  const services = Object.keys(placements).filter((module) => placements[module] === 'service');
  const times = (name: string): string => ((instances[name] ?? 1) > 1 ? ` ×${instances[name]}` : '');
  const outside = services.map((module) => `${module}${times(module)}`).join(', ');
  return `bundle${times('bundle')}${outside === '' ? '' : ` + ${outside}`}`;
}

/** What a switch goes through, in the order of the protocol, and the machine's phases in which it does. */
const PHASES = [
  { word: 'prepare', phases: ['planned', 'preparing'] },
  { word: 'commit', phases: ['committing'] },
  { word: 'route', phases: ['routed-wait'] },
  { word: 'drain', phases: ['trial', 'draining'] },
  { word: 'retire', phases: ['retiring', 'ended'] },
] as const;

/** `✓ prepare  ▸ commit  · route  · drain  · retire`; for phases beside the way, such as aborting, their name. */
function phases(phase: string, wide: boolean): readonly Piece[] {
  const at = PHASES.findIndex((step) => step.phases.some((known) => known === phase));
  const now = PHASES[at];
  if (now === undefined) return [['bad', phase]];
  if (!wide) return [['busy', `▸ ${now.word}`]];
  return PHASES.flatMap(({ word }, index): Piece[] => [
    index === at ? ['busy', `▸ ${word}`] : ['quiet', `${index < at ? '✓' : '·'} ${word}`],
    '  ',
  ]);
}

function switching(view: View, wide: boolean): readonly Piece[] {
  const current = view.open.at(-1);
  if (!current)
    return view.note && view.stage === 'replaying' ? ['none now   ', ['quiet', view.note]] : ['none now'];
  const seconds = ((view.now - current.decidedAt) / 1_000).toFixed(1);
  return [['strong', words(current)], '   ', ...phases(current.phase, wide), ['quiet', ` ${seconds} s`]];
}

function progressed(view: View, cells: number): readonly Piece[] {
  const { progress, switchesDone: done, switchesPlanned: planned } = view;
  const switches = planned > 0 ? `${done} of ${planned} switches` : `${done} switch${done === 1 ? '' : 'es'}`;
  const drawn = bar(progress?.fraction ?? null, cells);
  return drawn === ''
    ? [switches]
    : [
        ['good', drawn],
        ['quiet', `   ${switches}`],
      ];
}

const EIGHTHS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** The last `cells` values as a small curve from zero to their greatest. */
export function spark(values: readonly number[], cells: number): string {
  const last = values.slice(-cells);
  const most = Math.max(0, ...last);
  return last
    .map((value) => EIGHTHS[most === 0 ? 0 : Math.min(7, Math.floor((Math.max(0, value) / most) * 8))] ?? '')
    .join('');
}

/** `tight`, `tight ×2`. */
function named(mode: Mode | null, instances: Readonly<Record<string, number>> | null): string {
  const bundles = instances?.['bundle'] ?? 1;
  return `${mode ?? 'nothing'}${bundles > 1 ? ` ×${bundles}` : ''}`;
}

/** How two shapes of a switch are told; `tight ×2` when only the number of bundles differs. */
export function words(view: Pick<SwitchView, 'from' | 'to' | 'fromInstances' | 'toInstances'>): string {
  return `${named(view.from, view.fromInstances)} → ${named(view.to, view.toInstances)}`;
}

/** A bar of `width` cells; without a known share nothing. */
export function bar(share: number | null, width: number): string {
  if (share === null) return '';
  const full = Math.round(Math.max(0, Math.min(1, share)) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${Math.round(share * 100)} %`;
}
