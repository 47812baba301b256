import { createServer, connect, type Socket } from 'node:net';

/** A TCP link that a test can slow down, cut and restore: `startTcpProxy`. */
export interface TcpProxy {
  /** The target's URL with this proxy's address in place of the target's. */
  readonly url: string;
  readonly port: number;
  /** Connections open now. */
  connections(): number;
  /** Adds this delay, in ms, to every chunk from now on, in each direction: a round trip takes twice as long. */
  delay(ms: number): void;
  /** `reset` ends all connections and refuses new ones; `silent` lets nothing through and tells nobody. */
  cut(how?: 'reset' | 'silent'): void;
  restore(): void;
  close(): Promise<void>;
}

type Link = 'open' | 'reset' | 'silent';

/** Listens on a free loopback port and forwards to the host and port of `target`, any URL. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const to = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let link: Link = 'open';
  let delayMs = 0;

  const forward = (from: Socket, into: Socket): void => {
    let last = Promise.resolve();
    const later = (step: () => void): void => {
      const due = Date.now() + delayMs;
      last = last.then(() => waitUntil(due)).then(step);
    };
    from.on('data', (chunk) => {
      if (link === 'silent') return;
      later(() => {
        if (link === 'open') into.write(chunk);
      });
    });
    from.on('end', () => {
      if (link === 'open') later(() => into.end());
    });
  };

  const server = createServer({ noDelay: true }, (near) => {
    near.on('error', () => undefined);
    if (link === 'reset') {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ host: to.hostname, port: Number(to.port), noDelay: true });
    const pair = [near, far] as const;
    pairs.add(pair);
    far.on('error', () => near.destroy());
    near.on('close', () => {
      pairs.delete(pair);
      far.destroy();
    });
    far.on('close', () => {
      if (link !== 'silent') near.destroy();
    });
    forward(near, far);
    forward(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(port);

  const dropAll = (): void => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
  };
  return {
    url: url.href,
    port,
    connections: () => pairs.size,
    delay: (ms) => {
      delayMs = ms;
    },
    cut: (how = 'reset') => {
      link = how;
      if (how === 'reset') dropAll();
    },
    restore: () => {
      // What a silent link has swallowed cannot be made up: its streams are broken, so both sides are told.
      if (link === 'silent') dropAll();
      link = 'open';
    },
    close: async () => {
      dropAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const waitUntil = (due: number): Promise<void> | undefined => {
  const ms = due - Date.now();
  return ms <= 0 ? undefined : new Promise((resolve) => setTimeout(resolve, ms));
};
