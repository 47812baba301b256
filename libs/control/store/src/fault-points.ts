import { faultPoint } from '@atlas/platform-fault';
import type { ControlStore, HostStore } from './store.ts';

type Method = Exclude<keyof ControlStore, 'watch' | 'close'>;

/**
 * Marks `store.<method>` before a call and `store.<method>.done` between its effect and its answer.
 * The latter is where a caller dies without knowing whether it has written.
 */
function marked<Args extends readonly unknown[], Result>(
  method: Method,
  call: (...args: Args) => Promise<Result>,
): (...args: Args) => Promise<Result> {
  return async (...args) => {
    const before = faultPoint(`store.${method}`);
    if (before) await before;
    const result = await call(...args);
    const after = faultPoint(`store.${method}.done`);
    if (after) await after;
    return result;
  };
}

/** The same store, with fault points at every call that hosts make. */
export function withHostFaultPoints(store: HostStore): HostStore {
  return {
    readState: marked('readState', () => store.readState()),
    readLayout: marked('readLayout', (epoch: number) => store.readLayout(epoch)),
    renewLease: marked('renewLease', (...args: Parameters<HostStore['renewLease']>) =>
      store.renewLease(...args),
    ),
    releaseLease: marked('releaseLease', (...args: Parameters<HostStore['releaseLease']>) =>
      store.releaseLease(...args),
    ),
    acquireLock: marked('acquireLock', (...args: Parameters<HostStore['acquireLock']>) =>
      store.acquireLock(...args),
    ),
    recordDeadLetter: marked('recordDeadLetter', (...args: Parameters<HostStore['recordDeadLetter']>) =>
      store.recordDeadLetter(...args),
    ),
    reportTally: marked('reportTally', (...args: Parameters<HostStore['reportTally']>) =>
      store.reportTally(...args),
    ),
    watch: (onHint) => store.watch(onHint),
    close: () => store.close(),
  };
}

type Arguments<M extends Method> = Parameters<ControlStore[M]>;

/** The same store, with fault points at every call. */
export function withFaultPoints(store: ControlStore): ControlStore {
  return {
    ...withHostFaultPoints(store),
    acquireLeadership: marked('acquireLeadership', (...args: Arguments<'acquireLeadership'>) =>
      store.acquireLeadership(...args),
    ),
    propose: marked('propose', (...args: Arguments<'propose'>) => store.propose(...args)),
    withdraw: marked('withdraw', (...args: Arguments<'withdraw'>) => store.withdraw(...args)),
    commit: marked('commit', (...args: Arguments<'commit'>) => store.commit(...args)),
    endTrial: marked('endTrial', (...args: Arguments<'endTrial'>) => store.endTrial(...args)),
    readTallies: marked('readTallies', (epoch: number) => store.readTallies(epoch)),
    markDrained: marked('markDrained', (...args: Arguments<'markDrained'>) => store.markDrained(...args)),
    saveSwitch: marked('saveSwitch', (...args: Arguments<'saveSwitch'>) => store.saveSwitch(...args)),
    readSwitch: marked('readSwitch', (id: string) => store.readSwitch(id)),
    listSwitches: marked('listSwitches', (...args: Arguments<'listSwitches'>) => store.listSwitches(...args)),
    saveAutonomy: marked('saveAutonomy', (...args: Arguments<'saveAutonomy'>) => store.saveAutonomy(...args)),
    readAutonomy: marked('readAutonomy', () => store.readAutonomy()),
    recordHost: marked('recordHost', (...args: Arguments<'recordHost'>) => store.recordHost(...args)),
    forgetHost: marked('forgetHost', (...args: Arguments<'forgetHost'>) => store.forgetHost(...args)),
    listHosts: marked('listHosts', () => store.listHosts()),
    recordExit: marked('recordExit', (...args: Arguments<'recordExit'>) => store.recordExit(...args)),
    fence: marked('fence', (...args: Arguments<'fence'>) => store.fence(...args)),
    appendAudit: marked('appendAudit', (...args: Arguments<'appendAudit'>) => store.appendAudit(...args)),
    readAudit: marked('readAudit', (...args: Arguments<'readAudit'>) => store.readAudit(...args)),
  };
}
