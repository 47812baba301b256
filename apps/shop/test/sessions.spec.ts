import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SESSION_LIFE_MS, Sessions } from '../src/edge/sessions.ts';

describe('Sessions', () => {
  it('read what any other holder of the secret issued, until it is over', () => {
    let now = 1_700_000_000_000;
    const issued = new Sessions('secret', () => now).issue();
    const other = new Sessions('secret', () => now);
    expect(other.verify(issued.token)).toEqual({ id: issued.id });
    expect(new Sessions('another', () => now).verify(issued.token)).toBeUndefined();
    now += SESSION_LIFE_MS - 1_000;
    expect(other.verify(issued.token)).toEqual({ id: issued.id });
    now += 2_000;
    expect(other.verify(issued.token)).toBeUndefined();
  });

  it('refuse every token in which one character differs', () => {
    const sessions = new Sessions('secret');
    const { token } = sessions.issue();
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.'), (at, character) => {
        fc.pre(token[at] !== character);
        const forged = token.slice(0, at) + character + token.slice(at + 1);
        expect(sessions.verify(forged)).toBeUndefined();
      }),
    );
  });

  it('refuse anything else without an error', () => {
    const sessions = new Sessions('secret');
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => sessions.verify(text) === undefined));
  });

  it('prefer the Authorization header, and do not fall back when it is bad', () => {
    const sessions = new Sessions('secret');
    const [one, two] = [sessions.issue(), sessions.issue()];
    const cookie = `x=1; atlas_session=${two.token}`;
    expect(sessions.of({ cookie })).toEqual({ id: two.id });
    expect(sessions.of({ authorization: `bearer ${one.token}`, cookie })).toEqual({ id: one.id });
    expect(sessions.of({ authorization: 'Bearer x', cookie })).toBeUndefined();
    expect(sessions.of({})).toBeUndefined();
  });
});
