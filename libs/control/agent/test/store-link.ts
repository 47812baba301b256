import { StoreUnavailableError, type HostStore } from '@atlas/control-store';

/** A host's link to the store that a test can slow down, cut and silence; it counts what passes. */
export interface StoreLink {
  readonly store: HostStore;
  /** Added to every call, half of it before and half of it after its effect. */
  delayMs: number;
  /** `cut` rejects at once, `silent` never answers. Calls of a silent time stay unanswered. */
  state: 'up' | 'cut' | 'silent';
  /** Calls that are cut though the link is up. */
  readonly cutCalls: Set<string>;
  /** False: hints are lost. */
  hints: boolean;
  /** The link is lost and back between two calls. */
  cutShortly(): void;
  /** Method names, in the order of their calls. */
  readonly calls: string[];
  /** Most reads that were under way at once. */
  readonly mostReads: number;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function linkTo(target: HostStore): StoreLink {
  let reading = 0;
  let mostReads = 0;
  let hintAgain = (): void => undefined;
  const calls: string[] = [];

  async function pass<T>(method: string, call: () => Promise<T>): Promise<T> {
    calls.push(method);
    if (link.state === 'cut' || link.cutCalls.has(method)) throw new StoreUnavailableError('cut by the test');
    if (link.state === 'silent') return new Promise<never>(() => undefined);
    if (link.delayMs === 0) return call();
    await wait(link.delayMs / 2);
    const answer = await call();
    await wait(link.delayMs / 2);
    return answer;
  }

  const link = {
    delayMs: 0,
    state: 'up' as StoreLink['state'],
    cutCalls: new Set<string>(),
    hints: true,
    calls,
    cutShortly: () => hintAgain(),
    get mostReads(): number {
      return mostReads;
    },
    store: {
      ...target,
      readState: async () => {
        reading += 1;
        mostReads = Math.max(mostReads, reading);
        try {
          return await pass('readState', () => target.readState());
        } finally {
          reading -= 1;
        }
      },
      readLayout: (epoch) => pass('readLayout', () => target.readLayout(epoch)),
      renewLease: (...args) => pass('renewLease', () => target.renewLease(...args)),
      releaseLease: (...args) => pass('releaseLease', () => target.releaseLease(...args)),
      watch: (onHint) => {
        hintAgain = () => onHint('outage');
        return target.watch((hint) => {
          if (link.hints && link.state === 'up') onHint(hint);
        });
      },
    } satisfies HostStore,
  };
  return link;
}
