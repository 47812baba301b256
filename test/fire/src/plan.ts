/** What a run does next, from what has been done. Pure. */
import type { Cell } from './cells.ts';
import { isToRepeat, type Row } from './row.ts';

interface Done {
  row(id: string): Row | undefined;
}

/** Cells of a run: at most so many that were not run yet, and all that failed and are to be repeated. */
export function toDo(wanted: readonly Cell[], done: Done, atMost: number): readonly Cell[] {
  let fresh = 0;
  return wanted.filter(({ id }) => {
    const row = done.row(id);
    return row === undefined ? (fresh += 1) <= atMost : isToRepeat(row);
  });
}

/** Those that go to the next stack: one that failed, by itself; else all that were not run yet. */
export function nextGroup(todo: readonly Cell[], done: Done): readonly Cell[] {
  const failed = todo.find(({ id }) => {
    const row = done.row(id);
    return row !== undefined && isToRepeat(row);
  });
  return failed ? [failed] : todo.filter(({ id }) => done.row(id) === undefined);
}

/** For so many stacks at once, in turn. */
export const dealt = (cells: readonly Cell[], stacks: number): readonly (readonly Cell[])[] =>
  Array.from({ length: stacks }, (_, stack) => cells.filter((_cell, i) => i % stacks === stack));
