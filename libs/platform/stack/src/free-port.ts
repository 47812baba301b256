import { createServer } from 'node:net';

/** A TCP port of 127.0.0.1 that nobody listens on at this moment: the preferred one if it is free, else any. */
export async function freePort(preferred = 0): Promise<number> {
  const found = await portOf(preferred).catch((error: unknown) => {
    if (preferred === 0) throw error;
    return portOf(0);
  });
  return found;
}

const portOf = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
