import type { ReactElement } from 'react';
import { afterEach, expect, test, vi } from 'vitest';
import { Problem } from '../src/api/request.ts';
import { Trouble } from '../src/components/trouble.tsx';

afterEach(() => vi.unstubAllGlobals());

type Part = ReactElement<{ readonly children?: readonly Part[]; readonly onClick?: () => void }>;

test('whoever tries again by keyboard stays in the page: the button goes with the trouble', () => {
  const done: string[] = [];
  const focus = (id: string) => ({ focus: () => done.push(`focus on ${id}`) });
  vi.stubGlobal('document', { getElementById: focus });
  const why = new Problem(0, 'offline', '');
  const { props }: Part = Trouble({ what: 'Your cart', why, again: () => done.push('again') });
  props.children?.find(({ type }) => type === 'button')?.props.onClick?.();
  expect(done.sort()).toEqual(['again', 'focus on main']);
});
