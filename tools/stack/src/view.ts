/** What the terminal shows, as a pure function of what is known: one calm, aligned block. */
import type { ProgressLine } from '@atlas/load';
import type { LayoutInfo, Mode, Status, SwitchView } from '@atlas/control-api';

export type Stage = 'calibrating' | 'replaying' | 'settling' | 'auditing' | 'up';

/** What of the status is shown. */
interface Shape extends Pick<Status, 'mode' | 'epoch'> {
  readonly layout: Pick<LayoutInfo, 'placements' | 'instances'> | null;
}

export interface View {
  readonly edgeUrl: string;
  readonly stage: Stage;
  readonly progress: ProgressLine | undefined;
  readonly status: Shape | undefined;
  /** Switches that are not through, oldest first. */
  readonly open: readonly SwitchView[];
  readonly switchesDone: number;
  /** 0: not known. */
  readonly switchesPlanned: number;
  /** What the scenario says about its present step. */
  readonly note: string | undefined;
  /** Last full stop of this view, ms since 1970. */
  readonly now: number;
}

const LABEL = 10;
const line = (label: string, text: string): string => `  ${label.padEnd(LABEL)}${text}`;

const STAGES: Record<Stage, string> = {
  calibrating: 'measuring what this machine can do (5 s)',
  replaying: 'replaying a day of real traffic',
  settling: 'waiting for the last orders to become definite',
  auditing: 'auditing every request, call and cent',
  up: 'the shop stays up',
};

/** The block, without a newline at its end. `width`: columns of the terminal. */
export function render(view: View, width: number): string {
  const { progress } = view;
  const lines = [
    '',
    line('shop', view.edgeUrl),
    line('now', STAGES[view.stage]),
    line('rate', progress ? rate(progress) : '–'),
    line('latency', progress ? `p50 ${ms(progress.p50Ms)}   p99 ${ms(progress.p99Ms)}` : '–'),
    line('shape', view.status ? shape(view.status) : '–'),
    line('switch', switching(view)),
    line('failures', progress ? failures(progress) : '–'),
    line('progress', bar(progress?.fraction ?? null, Math.max(10, Math.min(40, width - 30)))),
    '',
  ];
  return lines.map((text) => text.slice(0, Math.max(20, width))).join('\n');
}

/** One line for terminals that cannot redraw, and for logs. */
export function plainLine(view: View): string {
  const { progress, status } = view;
  if (!progress || view.stage !== 'replaying') return STAGES[view.stage];
  const share = progress.fraction === null ? '' : `${Math.round(progress.fraction * 100)} %  `;
  const shaped = status?.mode ? `${status.mode} (epoch ${status.epoch})` : 'no shape yet';
  return (
    `${share}${progress.rps.toFixed(0)} requests/s  p50 ${ms(progress.p50Ms)}  p99 ${ms(progress.p99Ms)}  ` +
    `${shaped}  ${progress.paid} paid  ${progress.failed} failed`
  );
}

const rate = (progress: ProgressLine): string =>
  `${progress.rps.toFixed(0).padStart(4)} requests/s   ${count(progress.requests)} so far   ${count(progress.paid)} paid`;

/** 1234567 → 1,234,567 */
const count = (value: number): string => value.toLocaleString('en-US');

const ms = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} ms`.padStart(8));

const failures = ({ failed, pendingOrders }: ProgressLine): string =>
  `${count(failed)}${pendingOrders > 0 ? `   (${pendingOrders} orders not yet definite)` : ''}`;

/** `hybrid   epoch 7   bundle ×1, services: cart, payment` */
function shape({ mode, epoch, layout }: Shape): string {
  if (mode === null || !layout) return '–';
  return `${mode}   epoch ${epoch}   ${shapeWords(layout.placements, layout.instances)}`;
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

function switching(view: View): string {
  const current = view.open.at(-1);
  const done =
    view.switchesPlanned > 0
      ? `${view.switchesDone} of ${view.switchesPlanned} done`
      : `${view.switchesDone} done`;
  if (!current) return view.note && view.stage === 'replaying' ? `${done}   ${view.note}` : done;
  const seconds = ((view.now - current.decidedAt) / 1_000).toFixed(1);
  return `${done}   ${words(current)}: ${current.phase} (${seconds} s)`;
}

/** How two shapes of a switch are told; `tight ×2` when only the number of bundles differs. */
export function words(view: Pick<SwitchView, 'from' | 'to' | 'fromInstances' | 'toInstances'>): string {
  const named = (mode: Mode | null, instances: Readonly<Record<string, number>> | null): string => {
    const bundles = instances?.['bundle'] ?? 1;
    return `${mode ?? 'nothing'}${bundles > 1 ? ` ×${bundles}` : ''}`;
  };
  return `${named(view.from, view.fromInstances)} → ${named(view.to, view.toInstances)}`;
}

/** A bar of `width` cells; without a known share nothing. */
export function bar(share: number | null, width: number): string {
  if (share === null) return '';
  const full = Math.round(Math.max(0, Math.min(1, share)) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${Math.round(share * 100)} %`;
}
