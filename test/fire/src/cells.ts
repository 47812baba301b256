/**
 * The cells of the matrix: fault × point × participant, each once, with a transition each so that all pairs of a
 * transition with a fault, a participant and a point are met. Pure.
 *
 * F1  A cell is only made where its transition lets the participant be there and the point be passed.
 * F2  The same seed gives the same cells in the same order.
 * F3  The most different come first: however few are done, they are of as many kinds as can be.
 * F4  Cells that came to the matrix later are drawn and done after all others: what a report holds of these stays true.
 */
import { seededRandom } from '@atlas/stack';
import { BUNDLES, HOSTS, POINTS, SERVICES, type Cause, type Point } from './points.ts';
import { instancesOf, SHAPES, TRANSITIONS, type Shape, type Transition } from './shapes.ts';

export const FAULTS = ['kill', 'freeze', 'delay', 'partition'] as const;
export type Fault = (typeof FAULTS)[number];

/** The participant that is no process of ours to be frozen: what everyone has to the store and the data. */
export const POSTGRES = 'postgres';

export interface Cell {
  /** `point|participant|fault` */
  readonly id: string;
  readonly point: string;
  readonly cause: Cause;
  /** Who is struck. */
  readonly participant: string;
  /** Who passes the point: the participant itself, or the switcher, at whose step another is struck. */
  readonly passer: string;
  readonly fault: Fault;
  readonly transition: Transition;
}

type Bare = Omit<Cell, 'transition'>;

const has = (shape: Shape, instance: string): boolean =>
  !HOSTS.includes(instance) || instancesOf(shape).includes(instance);

/** Instances of `to` that `from` lacks. */
export const gained = ({ from, to }: Transition): readonly string[] =>
  instancesOf(to).filter((instance) => !has(from, instance));
const lost = ({ from, to }: Transition): readonly string[] => gained({ name: '', from: to, to: from });

const MODULE_OF_POINT: readonly (readonly [prefix: string, module: string])[] = [
  ['saga.', 'cart'],
  ['event-log.append', 'cart'],
  ['payment.bank.', 'payment'],
];

/** Whether the bundle passes a business point in this shape: only what is placed in it. */
function bundlePasses(point: string, shape: Shape): boolean {
  const services: readonly string[] = SHAPES[shape].services;
  if (point.startsWith('link.')) return services.length > 0;
  if (point.startsWith('database.')) return services.length < SERVICES.length;
  const module = MODULE_OF_POINT.find(([prefix]) => point.startsWith(prefix))?.[1];
  return module === undefined || !services.includes(module);
}

const isBundle = (instance: string): boolean => (BUNDLES as readonly string[]).includes(instance);

function passesIn(point: string, instance: string, shape: Shape): boolean {
  return has(shape, instance) && (!isBundle(instance) || bundlePasses(point, shape));
}

/** Passed by work, or for it, which comes by chance: perhaps not before the switch is over. */
const isWork = (point: string): boolean =>
  /^(saga|event-log|payment|acquirer|database|link|store\.acquireLock)\b/.test(point);

/** The part of a bundle in reserve, and the steps before whose switch there is one. */
const RESERVE: string = BUNDLES[1];
const OF_RESERVE = /keep|open/;

/** Steps that come when the hosts of the target are there. */
const LATE = /acked|commit|routed|drain|retire/;

/** Services that only one of both shapes has. */
export const moved = ({ from, to }: Transition): readonly string[] =>
  SERVICES.filter((service) => has(from, service) !== has(to, service));

/** F1, for who is struck at another's step. */
const isThere = ({ point, participant, passer }: Bare, { from, to }: Transition): boolean =>
  participant === passer ||
  has(LATE.test(point) ? to : from, participant) ||
  (OF_RESERVE.test(point) && participant === RESERVE);

/** F1, for the one who passes the point. */
function canPass({ point, passer, cause }: Bare, transition: Transition): boolean {
  const { from, to } = transition;
  switch (cause) {
    case 'widen':
    case 'abort':
      return gained(transition).length > 0;
    case 'trial':
    case 'revert':
      return moved(transition).length > 0 && has(from, passer);
    case 'prewarm':
    case 'open':
      // Of a bundle: a service that was warmed would wait for its minute, and be taken for one of the next cells.
      return gained(transition).includes(RESERVE);
    case 'hang':
      return SHAPES[from].services.length > 0;
    case 'narrow':
      return lost(transition).length > 0;
    case 'start':
      return gained(transition).includes(passer);
    case 'leave':
      return lost(transition).includes(passer);
    case 'switch':
      return has(from, passer);
    case 'load':
      return passesIn(point, passer, to) || (!isWork(point) && passesIn(point, passer, from));
    case 'takeover':
    case 'ask':
      return true;
  }
}

export const allowed = (cell: Bare): readonly Transition[] =>
  TRANSITIONS.filter((transition) => canPass(cell, transition) && isThere(cell, transition));

const bare = (point: Point, passer: string, participant: string): Bare[] =>
  FAULTS.map((fault) => ({
    ...{ id: `${point.name}|${participant}|${fault}`, point: point.name, cause: point.cause },
    ...{ participant, passer, fault },
  }));

function bareCells(of: readonly Point[]): Bare[] {
  return of.flatMap((point) => [
    ...point.passers.flatMap((passer) => bare(point, passer, passer)),
    ...(point.moment ? [...HOSTS, POSTGRES].flatMap((other) => bare(point, 'switcher', other)) : []),
  ]);
}

export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1));
    [mixed[i], mixed[j]] = [mixed[j] as T, mixed[i] as T];
  }
  return mixed;
}

/** What of a cell has to meet each transition. */
export const pairsOf = (cell: Bare, { name }: Transition): readonly string[] => [
  `${name} × ${cell.fault}`,
  `${name} × ${cell.participant}`,
  `${name} × ${cell.point}`,
];

/** What a cell is one of: how much it is worth that each is shown. Few cells have some causes; the first have to show all. */
const kindsOf = ({ point, participant, fault, cause, transition }: Cell): [kind: string, worth: number][] => [
  ...[participant, fault, transition.name, cause].map((kind): [string, number] => [kind, 5]),
  ...[point, `${participant} ${fault}`, `${cause} ${fault}`, `${point} ${fault}`].map(
    (kind): [string, number] => [kind, 1],
  ),
];
const MOST_WORTH = 24;

/** F4. */
const isLater = ({ cause }: Pick<Point, 'cause'>): boolean =>
  cause === 'prewarm' || cause === 'open' || cause === 'revert';
/** F4; and a hanging start takes half a minute. */
export const comesLast = (cell: Pick<Cell, 'cause'>): boolean => cell.cause === 'hang' || isLater(cell);

/** F3. Each time the first of those that are worth most, by kinds not shown yet. */
export function mostDifferentFirst(cells: readonly Cell[]): readonly Cell[] {
  const shown = new Set<string>();
  const first: Cell[] = [];
  let left = cells.filter((cell) => !comesLast(cell));
  // What a cell can still show only gets less: whoever shows too little now will not show more later.
  for (let least = MOST_WORTH; least >= 0; least -= 1)
    left = left.filter((cell) => {
      const kinds = kindsOf(cell);
      if (kinds.reduce((sum, [kind, worth]) => (shown.has(kind) ? sum : sum + worth), 0) < least) return true;
      for (const [kind] of kinds) shown.add(kind);
      first.push(cell);
      return false;
    });
  return [...first, ...cells.filter(comesLast)];
}

/** F2–F4. Every cell; each gets the transition that meets most pairs not met yet, the rarest among equals. */
export function cellsOf(seed: number): readonly Cell[] {
  const random = seededRandom(seed);
  const met = new Map<string, number>();
  const countOf = (pair: string): number => met.get(pair) ?? 0;
  const draw = (cell: Bare): Cell => {
    const worth = (transition: Transition): number => {
      const counts = pairsOf(cell, transition).map(countOf);
      const fresh = counts.filter((count) => count === 0).length;
      return fresh * 1e6 - counts.reduce((sum, count) => sum + count, 0) + random();
    };
    const [best] = allowed(cell)
      .map((transition) => ({ transition, worth: worth(transition) }))
      .sort((a, b) => b.worth - a.worth);
    if (!best) throw new Error(`no transition lets ${cell.participant} pass ${cell.point}`);
    for (const pair of pairsOf(cell, best.transition)) met.set(pair, countOf(pair) + 1);
    return { ...cell, transition: best.transition };
  };
  const turns = [POINTS.filter((point) => !isLater(point)), POINTS.filter(isLater)];
  return mostDifferentFirst(turns.flatMap((own) => shuffled(bareCells(own), random).map(draw)));
}

/** The next cell to do from this shape: the first that begins there, else the first. */
export function nextFrom(cells: readonly Cell[], shape: Shape | undefined): Cell | undefined {
  return cells.find(({ transition }) => transition.from === shape) ?? cells[0];
}
