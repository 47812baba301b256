/** An abort, which must come before the commit. */
import { isBeforeCommit, outcomeOf, type SwitchState } from '../machine/index.ts';
import type { Engine } from './engine.ts';
import { RefusedError } from './refused.ts';

/** How long an abort waits for the end of the withdrawal, ms. */
const WAIT_MS = 3_000;

/** @throws RefusedError `already_committed` or `already_ended` when there is nothing left to withdraw. */
export function refuseLate(state: SwitchState): void {
  const outcome = outcomeOf(state);
  if (outcome === 'committed') {
    throw new RefusedError('already_committed', `switch ${state.id} is committed; use POST /v1/rollback`, {
      switchId: state.id,
      rollback: '/v1/rollback',
    });
  }
  if (outcome === 'unchanged' || outcome === 'reverted') {
    throw new RefusedError('already_ended', `switch ${state.id} ended ${outcome}`, { switchId: state.id });
  }
}

/** Resolves when the switch is no longer before its commit, or after `WAIT_MS`. */
export function withdrawn({ feed, book }: Pick<Engine, 'feed' | 'book'>, id: string): Promise<void> {
  const phase = book.get(id)?.stage.phase;
  if (phase === undefined || !isBeforeCommit(phase)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      stop();
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, WAIT_MS);
    const stop = feed.listen((news) => {
      if (news.event === 'switch' && news.data.id === id && !isBeforeCommit(news.data.phase)) done();
    });
  });
}
