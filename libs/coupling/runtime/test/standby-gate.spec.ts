import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { StandbyGate, type PlaceWaiter } from '../src/standby-gate.ts';

describe('the standby’s cap', () => {
  it('G1: stays within its bounds whatever is measured', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 200 }), (samples) => {
        const gate = new StandbyGate({ minimum: 8, initial: 16, maximum: 64 });
        for (const utilisation of samples) {
          while (gate.enter());
          gate.sample(utilisation);
          while (gate.inUse > 0) gate.leave();
          expect(gate.cap).toBeGreaterThanOrEqual(8);
          expect(gate.cap).toBeLessThanOrEqual(64);
        }
      }),
    );
  });
  const filled = (gate: StandbyGate): StandbyGate => {
    while (gate.enter());
    return gate;
  };
  it('shrinks when the event loop is full and grows when it is used and there is room', () => {
    const gate = filled(new StandbyGate({ minimum: 8, initial: 40 }));
    gate.sample(0.95);
    expect(gate.cap).toBe(28);
    gate.sample(0.1);
    expect(gate.cap).toBe(28);
    while (gate.inUse > 20) gate.leave();
    filled(gate).sample(0.1);
    expect(gate.cap).toBe(36);
  });
  it('refuses none of the calls that a full loop keeps up with', () => {
    const gate = new StandbyGate();
    for (let sample = 0; sample < 20; sample += 1) {
      const placed = Array.from({ length: 24 }, () => gate.enter());
      expect(placed).not.toContain(false);
      gate.sample(1);
      placed.forEach(() => gate.leave());
    }
  });
  it('G3: other work of a busy loop takes no places, so that a service that is killed then is stood in for', () => {
    const gate = new StandbyGate({ minimum: 8, initial: 40 });
    for (let i = 0; i < 20; i++) gate.sample(1);
    expect(filled(gate).inUse).toBe(40);
  });
  it('G3: what a takeover has left of the cap is forgotten once it is over', () => {
    const gate = filled(new StandbyGate({ minimum: 8, initial: 40 }));
    for (let i = 0; i < 20; i++) gate.sample(1);
    expect(gate.cap).toBe(8);
    while (gate.inUse > 0) gate.leave();
    gate.sample(1); // calls still ran since the sample before
    expect(gate.cap).toBe(8);
    gate.sample(1);
    expect(gate.cap).toBe(40);
  });

  describe('G4: who waits for a place', () => {
    const told: string[] = [];
    const waiter = (name: string): PlaceWaiter => ({
      placed: () => told.push(name),
      turnedAway: () => told.push(`no ${name}`),
    });
    beforeEach(() => {
      told.length = 0;
    });

    it('gets one in order of arrival, before all that come later', () => {
      const gate = filled(new StandbyGate({ minimum: 2, initial: 2 }));
      for (const name of ['a', 'b', 'c']) expect(gate.wait(waiter(name))).toBe(true);
      gate.leave();
      expect(gate.enter()).toBe(false);
      expect(told).toEqual(['a']);
      gate.leave();
      gate.leave();
      expect(told).toEqual(['a', 'b', 'c']);
      expect(gate.inUse).toBe(2);
    });
    it('gets one when the cap grows', () => {
      const gate = filled(new StandbyGate({ minimum: 2, initial: 2 }));
      gate.wait(waiter('a'));
      gate.sample(0.1);
      expect(told).toEqual(['a']);
    });
    it('is not overtaken by who comes while places are given away', () => {
      const gate = filled(new StandbyGate({ minimum: 2, initial: 2 }));
      const placed = (): void => {
        told.push('a');
        if (!gate.enter()) gate.wait(waiter('new'));
      };
      gate.wait({ placed, turnedAway: () => undefined });
      for (const name of ['b', 'c']) gate.wait(waiter(name));
      gate.sample(0.1);
      expect(told).toEqual(['a', 'b', 'c', 'new']);
    });
    it('gets one by and by while there is room, though nobody comes any more', () => {
      const gate = filled(new StandbyGate({ minimum: 2, initial: 2 }));
      for (let at = 0; at < 20; at += 1) gate.wait(waiter(String(at)));
      for (let sample = 0; sample < 3; sample += 1) gate.sample(0.1);
      expect(told).toHaveLength(20);
    });
    it('is turned away in time, and newcomers at once until nobody waits any more', () => {
      const gate = filled(new StandbyGate({ minimum: 1, initial: 1, patience: 3 }));
      gate.wait(waiter('a'));
      gate.tick();
      gate.wait(waiter('b'));
      gate.tick();
      expect(told).toEqual([]);
      gate.tick();
      expect(told).toEqual(['no a']);
      expect(gate.wait(waiter('c'))).toBe(false);
      gate.leave();
      expect(told).toEqual(['no a', 'b']);
      expect(gate.wait(waiter('d'))).toBe(true);
    });
    it('waits among so many at most', () => {
      const gate = filled(new StandbyGate({ minimum: 1, initial: 1, queue: 3 }));
      expect(Array.from('abcd', (name) => gate.wait(waiter(name)))).toEqual([true, true, true, false]);
    });
    it('is told once, unless it gives up, and never too late, whatever happens', () => {
      const step = fc.oneof(
        fc.constantFrom(
          'call' as const,
          'call' as const,
          'end' as const,
          'give up' as const,
          'tick' as const,
        ),
        fc.double({ min: 0, max: 1, noNaN: true }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
          const gate = new StandbyGate({ minimum: 2, initial: 3, maximum: 40, patience: 4 });
          const waiting = new Map<PlaceWaiter, number>();
          let ticks = 0;
          let inUse = 0;
          const call = (): void => {
            const one: PlaceWaiter = {
              placed: () => {
                expect([...waiting.keys()][0]).toBe(one);
                waiting.delete(one);
                inUse += 1;
              },
              turnedAway: () => expect(waiting.delete(one)).toBe(true),
            };
            if (gate.enter()) {
              expect(waiting.size).toBe(0);
              inUse += 1;
            } else if (gate.wait(one)) waiting.set(one, ticks);
          };
          const giveUp = (): void => {
            const last = [...waiting.keys()].at(-1);
            if (last !== undefined) expect(gate.withdraw(last)).toBe(waiting.delete(last));
          };
          const end = (): void => {
            if (inUse === 0) return;
            inUse -= 1;
            gate.leave();
          };
          const tick = (): void => {
            ticks += 1;
            gate.tick();
            for (const since of waiting.values()) expect(ticks - since).toBeLessThan(4);
          };
          for (const one of steps) {
            if (typeof one === 'number') gate.sample(one);
            else ({ call, end, 'give up': giveUp, tick })[one]();
            expect(gate.inUse).toBe(inUse);
            if (waiting.size > 0) expect(inUse).toBeGreaterThanOrEqual(gate.cap);
          }
        }),
      );
    });
  });
});
