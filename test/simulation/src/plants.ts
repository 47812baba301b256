/** Planted bugs: one small change of the real protocol or its wiring for each invariant. Each must be found. */
import type { AgentRuntime } from '@atlas/control-agent';
import type { ControlStore, MemoryState } from '@atlas/control-store';
import type { CallFrame } from '@atlas/coupling-runtime';
import type { Table } from '@atlas/switcher-app/machine';
import type { HostProcess } from './host.ts';
import type { Invariant } from './violation.ts';

export interface Plant {
  /** Another transition table for the engine. */
  readonly table?: Table;
  /** Between agent and coupling runtime. */
  readonly runtime?: (runtime: AgentRuntime) => AgentRuntime;
  /** Asked instead of the agent before a root is admitted. */
  readonly beforeAdmit?: (host: HostProcess) => Promise<void> | undefined;
  /** What a host sends. */
  readonly frame?: (frame: CallFrame, from: HostProcess) => CallFrame;
  /** The coupling store. */
  readonly store?: (store: ControlStore, state: MemoryState) => ControlStore;
}

interface Planted {
  readonly invariant: Invariant;
  readonly bug: string;
  /** A fresh one for each schedule: some count. */
  readonly make: () => Plant;
}

function withRestampedCalls(): Plant {
  return { frame: (frame, { runtime }) => ({ ...frame, epoch: runtime?.current ?? frame.epoch }) };
}

function withUncountedRoots(): Plant {
  return {
    runtime: (runtime) => Object.create(runtime, { openRoots: { value: () => ({}) } }) as AgentRuntime,
  };
}

/** Any token passes for the newest. */
function withoutFencing(): Plant {
  const calls = [
    'propose',
    'withdraw',
    'commit',
    'markDrained',
    'saveSwitch',
    'recordHost',
    'recordExit',
  ] as const;
  return {
    store: (store, state) => ({
      ...store,
      ...Object.fromEntries(
        calls.map((name) => {
          const call = store[name] as (token: number, ...rest: unknown[]) => Promise<unknown>;
          return [name, (_token: number, ...rest: unknown[]) => call(state.lastToken, ...rest)];
        }),
      ),
    }),
  };
}

/** What is prepared is taken for what is in force. */
function withEagerHosts(): Plant {
  return {
    runtime: (runtime) => {
      const install: AgentRuntime['install'] = (record) => {
        runtime.install(record);
        runtime.setCurrent(record.epoch);
      };
      return Object.create(runtime, { install: { value: install } }) as AgentRuntime;
    },
  };
}

function withAdmissionByContact(): Plant {
  return {
    beforeAdmit: ({ agent }) =>
      agent?.status().storeReachable === false
        ? Promise.reject(new Error('no contact with the store'))
        : undefined,
  };
}

function withFreshKeys(): Plant {
  let sent = 0;
  return {
    frame: (frame) => {
      sent += 1;
      return frame.key === undefined ? frame : { ...frame, key: `${frame.key}#${sent}` };
    },
  };
}

export const PLANTED: readonly Planted[] = [
  { invariant: 'E1', bug: "a call travels under its sender's newest epoch", make: withRestampedCalls },
  { invariant: 'E2', bug: 'leases tell of no open roots', make: withUncountedRoots },
  { invariant: 'E3', bug: 'the store takes writes of a superseded leader', make: withoutFencing },
  { invariant: 'E4', bug: 'a host admits under a layout that is only prepared', make: withEagerHosts },
  { invariant: 'E5', bug: 'a bundle without the store admits nothing', make: withAdmissionByContact },
  { invariant: 'E6', bug: 'every attempt of a call has a key of its own', make: withFreshKeys },
];
