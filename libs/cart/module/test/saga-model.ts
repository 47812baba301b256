/** A small world around one order, in which any number of drivers work, stop and come back at any moment. */
import { advance, START, stepOf, type Saga, type SagaEvent, type Step } from '../src/domain/saga.ts';

export const BANK_MOODS = [
  'captures',
  'declines',
  'silent_captured',
  'silent_late',
  'silent_forever',
] as const;
export type BankMood = (typeof BANK_MOODS)[number];

interface Driver {
  /** What it read last; it compares and sets this version. */
  saga: Saga;
  version: number;
  /** The outcome it holds and has not written yet. */
  outcome: SagaEvent | undefined;
}

export interface World {
  order: { saga: Saga; version: number };
  drivers: Driver[];
  stock: number;
  reservation: 'none' | 'reserved' | 'released';
  bank: 'nothing' | 'captured' | 'declined' | 'voided';
  mood: BankMood;
  /** The silent bank has been asked before: from now on it is definite, except when it is silent forever. */
  askedBefore: boolean;
  lateCapture: boolean;
  captures: number;
  patienceOver: boolean;
}

export const newWorld = (mood: BankMood, stock: number): World => ({
  order: { saga: START, version: 1 },
  drivers: [],
  stock,
  reservation: 'none',
  bank: 'nothing',
  mood,
  askedBefore: false,
  lateCapture: false,
  captures: 0,
  patienceOver: false,
});

function capture(world: World): void {
  if (world.bank !== 'nothing') return;
  world.bank = 'captured';
  world.captures += 1;
}

function charge(world: World): SagaEvent | undefined {
  const first = !world.askedBefore;
  world.askedBefore = true;
  if (world.bank === 'nothing') {
    if (world.mood === 'silent_forever') return undefined;
    if (first && world.mood === 'silent_late') world.lateCapture = true;
    else if (world.mood === 'declines') world.bank = 'declined';
    else capture(world);
    if (first && world.mood.startsWith('silent')) return undefined;
  }
  if (world.bank === 'declined') return { type: 'declined', code: 'card_declined' };
  return { type: world.bank === 'captured' ? 'captured' : 'voided' };
}

function reserve(world: World): SagaEvent {
  if (world.reservation === 'released') return { type: 'reservation_refused' };
  if (world.reservation === 'reserved') return { type: 'reserved' };
  if (world.stock === 0) return { type: 'out_of_stock', productId: 'lamp' };
  world.stock -= 1;
  world.reservation = 'reserved';
  return { type: 'reserved' };
}

function release(world: World): SagaEvent {
  if (world.reservation === 'reserved') world.stock += 1;
  world.reservation = 'released';
  return { type: 'released' };
}

function voidCharge(world: World): SagaEvent {
  if (world.bank === 'declined') return { type: 'declined', code: null };
  world.bank = 'voided';
  return { type: 'voided' };
}

const EFFECTS: Record<Step, (world: World) => SagaEvent | undefined> = {
  reserve,
  charge,
  void: voidCharge,
  release,
};

/** What may happen next. `driver` is taken modulo the number of drivers. */
export type Happening =
  | { readonly what: 'driver_comes' | 'late_capture' | 'patience_ends' | 'stock_arrives' }
  /** A driver asks for its step's outcome; when `lost`, the effect happens but the answer does not arrive. */
  | { readonly what: 'asks'; readonly driver: number; readonly lost: boolean }
  | { readonly what: 'writes' | 'crashes'; readonly driver: number };

const comes = (world: World): Driver => {
  const driver: Driver = { ...world.order, outcome: undefined };
  world.drivers.push(driver);
  return driver;
};

function asks(world: World, driver: Driver, lost: boolean): void {
  const step = stepOf(driver.saga);
  if (step === undefined) return;
  const over = world.patienceOver && advance(driver.saga, { type: 'patience_over' }) !== undefined;
  const event = over ? ({ type: 'patience_over' } as const) : EFFECTS[step](world);
  driver.outcome = lost ? undefined : event;
}

/** Compare-and-set; the one that loses reads again. */
function writes(world: World, driver: Driver): void {
  const { outcome } = driver;
  driver.outcome = undefined;
  const next = outcome && advance(driver.saga, outcome);
  if (outcome && !next) throw new Error(`${driver.saga.at} cannot take ${outcome.type}`);
  if (next && driver.version === world.order.version)
    world.order = { saga: next, version: driver.version + 1 };
  Object.assign(driver, world.order);
}

export function happen(world: World, happening: Happening): void {
  if (happening.what === 'driver_comes') comes(world);
  if (happening.what === 'late_capture' && world.lateCapture) capture(world);
  if (happening.what === 'patience_ends') world.patienceOver = true;
  if (happening.what === 'stock_arrives') world.stock += 1;
  if (!('driver' in happening) || world.drivers.length === 0) return;
  const at = happening.driver % world.drivers.length;
  const driver = world.drivers[at];
  if (!driver) return;
  if (happening.what === 'asks') asks(world, driver, happening.lost);
  else if (happening.what === 'writes') writes(world, driver);
  else world.drivers.splice(at, 1);
}

/** One driver that nobody disturbs works until the order is over; gives up a bank that stays silent. */
export function recover(world: World): void {
  const driver = comes(world);
  for (let round = 0; stepOf(world.order.saga) !== undefined; round += 1) {
    if (round > 10) world.patienceOver = true;
    if (round > 30) throw new Error(`never over: ${world.order.saga.at}`);
    asks(world, driver, false);
    writes(world, driver);
  }
}
