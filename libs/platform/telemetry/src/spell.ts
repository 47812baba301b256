/**
 * Like events in a row, such as connections that are closed over a limit: told when the first one comes, and once more,
 * with their number, when none has come for a while. A flood of any length makes two lines of a log.
 */
export interface SpellOptions<Event> {
  /** The first one. */
  readonly begins: (event: Event) => void;
  /** How many there were in all; not told of a single one. */
  readonly ends: (count: number) => void;
  /** The spell is over when nothing has come for so long, ms; 5,000 by default. */
  readonly quietMs?: number;
}

/** Takes the events of such spells, one call each. Costs a comparison and the push of a timer. */
export function spell<Event = void>({
  begins,
  ends,
  quietMs = 5_000,
}: SpellOptions<Event>): (event: Event) => void {
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  const over = (): void => {
    const all = count;
    count = 0;
    timer = undefined;
    if (all > 1) ends(all);
  };
  return (event) => {
    count += 1;
    timer = timer?.refresh() ?? setTimeout(over, quietMs).unref();
    if (count === 1) begins(event);
  };
}
