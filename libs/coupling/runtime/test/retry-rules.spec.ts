import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExitEvidence } from '../src/exit-evidence.ts';
import type { Link } from '../src/link.ts';
import { judgeLoss, type Evidence } from '../src/poison.ts';
import { RetryBudget } from '../src/retry-budget.ts';
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
