/** Commands about the sales that the brain knows. */
import type { CalendarAnswer, SaleView, StruckAnswer } from '@atlas/brain-api';
import { MOST_SALES } from '@atlas/brain-api/limits';
import { CommandError, EXIT, type ExitCode } from '../exit-codes.ts';
import { table } from '../output.ts';
import { keyOf, type IcsSale } from '../sales-of-ics.ts';
import { tell, type BrainSaid } from './brain.ts';

const cellsOf = ({ from, minutes, times }: Omit<SaleView, 'id'>): string[] => [
  from.replace(':00.000Z', 'Z'),
  `${minutes} min`,
  `×${times}`,
];
const describeSale = (sale: SaleView): string[] => [String(sale.id), ...cellsOf(sale)];

export async function runCalendar(said: BrainSaid): Promise<ExitCode> {
  const answer = await said.brain.ask<CalendarAnswer>('GET', '/v1/calendar');
  return tell(said, answer, ({ items }) =>
    items.length === 0
      ? ['no sale is known']
      : table([['id', 'from', 'for', 'traffic'], ...items.map(describeSale)]),
  );
}

export async function runCalendarAdd(said: BrainSaid, sale: Omit<SaleView, 'id'>): Promise<ExitCode> {
  const added = await said.brain.ask<SaleView>('POST', '/v1/calendar', sale);
  return tell(said, added, () => [`sale ${describeSale(added).join(' · ')}`]);
}

export interface Import {
  readonly sales: readonly IcsSale[];
  /** Only tell what would be added. */
  readonly dryRun: boolean;
}

interface Added {
  readonly added: readonly IcsSale[];
  /** Why the next one was not. */
  readonly refused: CommandError | undefined;
}

/** Adds one sale after the other until one is refused; what was added stays. */
async function addEach({ brain }: BrainSaid, sales: readonly IcsSale[]): Promise<Added> {
  const added: IcsSale[] = [];
  for (const sale of sales) {
    const { title: _, ...body } = sale;
    try {
      await brain.ask<SaleView>('POST', '/v1/calendar', body);
    } catch (error) {
      if (error instanceof CommandError) return { added, refused: error };
      throw error;
    }
    added.push(sale);
  }
  return { added, refused: undefined };
}

/**
 * Adds the sales that the calendar does not hold yet, so the same file may be imported again and again. Tells how many
 * were added also when the calendar is full, or the brain goes, in the middle.
 */
export async function runCalendarImport(said: BrainSaid, { sales, dryRun }: Import): Promise<ExitCode> {
  const { items } = await said.brain.ask<CalendarAnswer>('GET', '/v1/calendar');
  const known = new Set(items.map(keyOf));
  const fresh = sales.filter((sale) => !known.has(keyOf(sale)));
  const room = Math.max(0, MOST_SALES - items.length);
  const { added, refused } = dryRun
    ? { added: fresh.slice(0, room), refused: undefined }
    : await addEach(said, fresh);
  const left = fresh.length - added.length;
  const answer = { added, notAdded: fresh.slice(added.length), known: sales.length - fresh.length, dryRun };
  tell(said, answer, () => [
    ...table(added.map((sale) => ['  ', ...cellsOf(sale), sale.title])),
    `${added.length} sales ${dryRun ? 'to be added' : 'added'}, ${answer.known} known before`,
  ]);
  if (left === 0) return EXIT.done;
  const why = refused?.message ?? `the calendar holds ${MOST_SALES} sales at most`;
  said.output.problem(`atlasctl: ${left} sales ${dryRun ? 'would not be' : 'were not'} added: ${why}`);
  return refused?.exitCode ?? EXIT.error;
}

export async function runCalendarRemove(said: BrainSaid, id: string): Promise<ExitCode> {
  const answer = await said.brain.ask<StruckAnswer>('DELETE', `/v1/calendar/${encodeURIComponent(id)}`);
  return tell(said, answer, ({ struck }) => [`sale ${struck} is struck`]);
}
