import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ExitEvidence } from '../src/exit-evidence.ts';
import type { Link } from '../src/link.ts';
import { judgeLoss, type Evidence } from '../src/poison.ts';
import { RetryBudget } from '../src/retry-budget.ts';
import { StandbyGate, type PlaceWaiter } from '../src/standby-gate.ts';
import { SuspectLine } from '../src/suspects.ts';

describe('the retry budget', () => {
  it('never lets more retries through than its burst plus a tenth of the calls', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 2_000 }), (steps) => {
        const budget = new RetryBudget();
        let calls = 0;
        let retries = 0;
        for (const isCall of steps) {
          if (isCall) {
            calls += 1;
            budget.earn();
          } else if (budget.spend()) retries += 1;
          expect(retries).toBeLessThanOrEqual(20 + calls / 10 + 1e-6);
        }
      }),
    );
  });

  it('saves up no more than its ceiling', () => {
    const budget = new RetryBudget({ ceiling: 30 });
    for (let call = 0; call < 10_000; call += 1) budget.earn();
    expect(budget.tokens).toBeCloseTo(30);
  });
});

describe('the verdict on a lost call', () => {
  const suspicious: Evidence[] = ['exit', 'abort', 'out_of_memory', 'unknown'];
  const cleared: Evidence[] = ['signal', 'retired'];

  it('goes on at once after an outside signal or an orderly end', () => {
    for (const evidence of cleared) expect(judgeLoss(evidence, 0)).toBe('move');
  });
  it('goes back to a host that lives', () => {
    expect(judgeLoss('alive', 0)).toBe('same_host');
    expect(judgeLoss('alive', 1)).toBe('same_host');
  });
  it('isolates after the first suspicious end and gives up after the second', () => {
    for (const evidence of suspicious) {
      expect(judgeLoss(evidence, 0)).toBe('isolate');
      expect(judgeLoss(evidence, 1)).toBe('dead_letter');
    }
  });
  it('never again moves a suspect to the standby', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Evidence>(...suspicious, ...cleared, 'alive'),
        fc.integer({ min: 1, max: 5 }),
        (evidence, crashes) => {
          expect(judgeLoss(evidence, crashes)).not.toBe('move');
        },
      ),
    );
  });
});

describe('exit evidence', () => {
  const exit = (nonce: string, cause: 'signal' | 'exit') => ({ instance: 'x-0', nonce, cause, at: 0 });

  it('tells those who wait, and those who come later', () => {
    const evidence = new ExitEvidence();
    const told: Evidence[] = [];
    evidence.await('n1', (what) => told.push(what));
    evidence.setExits([exit('n1', 'exit')]);
    evidence.await('n1', (what) => told.push(what));
    expect(told).toEqual(['exit', 'exit']);
  });
  it('X1: does not believe that an ended process lives', () => {
    const evidence = new ExitEvidence();
    const told: Evidence[] = [];
    evidence.setExits([exit('n1', 'signal')]);
    evidence.sawAlive('n1');
    evidence.await('n1', (what) => told.push(what));
    expect(told).toEqual(['signal']);
  });
  it('X2: tells each waiter once, and none that has withdrawn', () => {
    const evidence = new ExitEvidence();
    const told: string[] = [];
    const withdraw = evidence.await('n1', () => told.push('withdrawn'));
    evidence.await('n1', () => told.push('waiting'));
    withdraw();
    evidence.sawAlive('n1');
    evidence.setExits([exit('n1', 'exit')]);
    expect(told).toEqual(['waiting']);
  });
});

describe('the line of suspects', () => {
  const link = (nonce: string): Link => ({
    endpoint: { instance: nonce, nonce, kind: 'service', modules: ['m'], rpc: '', health: 'ready' },
    state: 'ready',
    inFlight: 0,
    send: () => () => {},
    retire: () => {},
  });
  const suspect = (name: string, ran: string[], tried: string[] = []) => ({
    tried: new Set(tried),
    sendTo: (to: Link) => ran.push(`${name}@${to.endpoint.nonce}`),
  });

  it('L1: runs one at a time, in order', () => {
    const ran: string[] = [];
    const line = new SuspectLine(() => [link('n2')]);
    const [first, second] = [suspect('first', ran), suspect('second', ran)];
    line.join(first);
    line.join(second);
    expect(ran).toEqual(['first@n2']);
    line.leave(first);
    expect(ran).toEqual(['first@n2', 'second@n2']);
    line.leave(second);
    expect(line.length).toBe(0);
  });
  it('L2: waits for an instance that the suspect has not met', () => {
    const ran: string[] = [];
    const links = [link('n1')];
    const line = new SuspectLine(() => links);
    line.join(suspect('first', ran, ['n1']));
    expect(ran).toEqual([]);
    links.push(link('n2'));
    line.poke();
    expect(ran).toEqual(['first@n2']);
  });
});

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
      for (const name of ['a', 'b', 'c']) expect(gate.wait(waiter(name), 0)).toBe(true);
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
      gate.wait(waiter('a'), 0);
      gate.sample(0.1);
      expect(told).toEqual(['a']);
    });
    it('is turned away in time, and newcomers at once until nobody waits any more', () => {
      const gate = filled(new StandbyGate({ minimum: 1, initial: 1, patienceMs: 100 }));
      gate.wait(waiter('a'), 0);
      gate.wait(waiter('b'), 60);
      gate.sweep(99);
      expect(told).toEqual([]);
      gate.sweep(100);
      expect(told).toEqual(['no a']);
      expect(gate.wait(waiter('c'), 101)).toBe(false);
      gate.leave();
      expect(told).toEqual(['no a', 'b']);
      expect(gate.wait(waiter('d'), 102)).toBe(true);
    });
    it('waits among so many at most as there can be places', () => {
      const gate = filled(new StandbyGate({ minimum: 1, initial: 1, maximum: 3 }));
      expect(Array.from('abcd', (name) => gate.wait(waiter(name), 0))).toEqual([true, true, true, false]);
    });
    it('is told once, unless it gives up, and never too late, whatever happens', () => {
      const step = fc.oneof(
        fc.constantFrom('call', 'call', 'end', 'give up' as const),
        fc.record({ pass: fc.integer({ min: 1, max: 80 }) }),
        fc.record({ utilisation: fc.double({ min: 0, max: 1, noNaN: true }) }),
      );
      fc.assert(
        fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
          const gate = new StandbyGate({ minimum: 2, initial: 3, maximum: 40, patienceMs: 100 });
          const waiting = new Map<PlaceWaiter, number>();
          let now = 0;
          let inUse = 0;
          const end = (one: PlaceWaiter): boolean => waiting.delete(one);
          const call = (): void => {
            const one: PlaceWaiter = {
              placed: () => {
                expect([...waiting.keys()][0]).toBe(one);
                end(one);
                inUse += 1;
              },
              turnedAway: () => expect(end(one)).toBe(true),
            };
            if (gate.enter()) {
              expect(waiting.size).toBe(0);
              inUse += 1;
            } else if (gate.wait(one, now)) waiting.set(one, now);
          };
          for (const one of steps) {
            if (one === 'call') call();
            else if (one === 'give up')
              for (const last of [...waiting.keys()].slice(-1)) expect(gate.withdraw(last)).toBe(end(last));
            else if (one === 'end') {
              if (inUse === 0) continue;
              inUse -= 1;
              gate.leave();
            } else if ('pass' in one) gate.sweep((now += one.pass));
            else gate.sample(one.utilisation);
            expect(gate.inUse).toBe(inUse);
            if (waiting.size > 0) expect(inUse).toBeGreaterThanOrEqual(gate.cap);
            if (typeof one === 'object' && 'pass' in one)
              for (const since of waiting.values()) expect(now - since).toBeLessThan(100);
          }
        }),
      );
    });
  });
});
