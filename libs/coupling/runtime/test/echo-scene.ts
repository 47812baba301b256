import type { Layout } from '@atlas/control-layout';
import { Type } from '@sinclair/typebox';
import { afterEach, beforeEach } from 'vitest';
import {
  createCoupling,
  defineContract,
  implement,
  operation,
  type Admission,
  type Call,
  type CouplingRuntime,
  type DeadLetter,
  type Endpoint,
} from '../src/index.ts';
import { ScriptedConnector } from './scripted-connector.ts';

const Text = Type.Object({ text: Type.String() });
export const contract = defineContract('echo', {
  say: operation({ kind: 'read', input: Text, output: Text, errors: ['silent'], deadlineMs: 1_000 }),
  slow: operation({ kind: 'read', input: Text, output: Text, errors: [], deadlineMs: 60 }),
});
export const layout: Layout = {
  placements: { echo: 'service' },
  instances: { bundle: 1, echo: 2 },
  canary: {},
  configVersion: 1,
};
export const instance = (nonce: string, health: Endpoint['health'] = 'ready'): Endpoint => ({
  instance: `echo-${nonce}`,
  nonce,
  kind: 'service',
  modules: ['echo'],
  rpc: '',
  health,
});

/** A bundle that is the standby of the service `echo`, of which one instance is ready, and a root in it. */
export function eachTestHasARoot() {
  const at = {} as {
    connector: ScriptedConnector;
    runtime: CouplingRuntime;
    admission: Admission;
    call: Call;
    letters: DeadLetter[];
    standby: (input: { readonly text: string }, call: Call) => Promise<{ text: string }>;
  };

  const admit = (): Admission => {
    const admitted = at.runtime.admit({ label: 'test', deadlineMs: 5_000 });
    if (admitted instanceof Promise) throw new Error('waits');
    return admitted;
  };

  const say = (text = 'x'): Promise<unknown> => at.runtime.client(contract).say({ text }, at.call);

  beforeEach(() => {
    at.connector = new ScriptedConnector();
    at.letters = [];
    at.standby = ({ text }) => Promise.resolve({ text: `standby ${text}` });
    at.runtime = createCoupling({
      host: { instance: 'shop-0', nonce: 'ab'.repeat(8), kind: 'bundle', modules: ['echo'] },
      connector: at.connector,
      onDeadLetter: (letter) => at.letters.push(letter),
      standby: { minimum: 8, initial: 8, maximum: 8, patience: 12 },
    });
    const run = (input: { readonly text: string }, inside: Call) => at.standby(input, inside);
    at.runtime.register(implement(contract, { say: run, slow: run }));
    at.runtime.install({ epoch: 1, layout });
    at.runtime.setCurrent(1);
    at.runtime.setEndpoints([instance('n1')]);
    at.admission = admit();
    at.call = at.admission.call;
  });

  afterEach(async () => {
    await at.runtime.close();
  });

  return { at, say };
}
