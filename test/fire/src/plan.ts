/** What a run does next, from what has been done. Pure. */
import type { Cell } from './cells.ts';
import { isToRepeat, isUnreached, type Row } from './row.ts';

interface Done {
  row(id: string): Row | undefined;
}

const isFailed = (done: Done, { id }: Cell): boolean => {
  const row = done.row(id);
  return row !== undefined && isToRepeat(row);
};

/** Cells of a run: at most so many that are open, those that were never run first, and all that failed and are to be repeated. */
export function toDo(wanted: readonly Cell[], done: Done, atMost: number): readonly Cell[] {
  const unreached = wanted.filter(({ id }) => {
    const row = done.row(id);
    return row !== undefined && isUnreached(row);
  });
  const open = [...wanted.filter(({ id }) => done.row(id) === undefined), ...unreached];
  return [...wanted.filter((cell) => isFailed(done, cell)), ...open.slice(0, atMost)];
}

/** Those that go to the next stack: one that failed, by itself; else all. */
export function nextGroup(todo: readonly Cell[], done: Done): readonly Cell[] {
  const failed = todo.find((cell) => isFailed(done, cell));
  return failed ? [failed] : todo;
}

/** What is left to do after these rows. What was not reached in this run is left to the next one. */
export function leftAfter(rows: readonly Row[], todo: readonly Cell[]): readonly Cell[] {
  const ended = new Set(rows.filter((row) => !isToRepeat(row)).map(({ id }) => id));
  return todo.filter(({ id }) => !ended.has(id));
}

/** For so many stacks at once, in turn. */
export const dealt = (cells: readonly Cell[], stacks: number): readonly (readonly Cell[])[] =>
  Array.from({ length: stacks }, (_, stack) => cells.filter((_cell, i) => i % stacks === stack));
