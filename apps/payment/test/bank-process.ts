import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const BANK_TOKEN = 'integration-token-0123';

/** A port that stays the same when the bank is started again. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface ListedCharge {
  readonly idempotencyKey: string;
  readonly orderId: string;
  readonly status: string;
  readonly amountCents: number;
}

/** The real acquirer, as a process of its own on a port and folder of its own. */
export class BankProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly exited: Promise<unknown>;

  private constructor(url: string, child: ChildProcess, exited: Promise<unknown>) {
    this.url = url;
    this.#child = child;
    this.exited = exited;
  }

  static async start(home: string, port: number, faults = ''): Promise<BankProcess> {
    const main = fileURLToPath(new URL('../../../tools/acquirer/src/main.ts', import.meta.url));
    const env = {
      PATH: process.env['PATH'],
      ATLAS_HOME: home,
      ATLAS_ACQUIRER_PORT: String(port),
      ATLAS_ACQUIRER_TOKEN: BANK_TOKEN,
      ATLAS_FAULTS: faults,
    };
    const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    const exited = once(child, 'exit');
    const early = exited.then(() => Promise.reject(new Error('the bank ended before it listened')));
    early.catch(() => undefined);
    await Promise.race([once(createInterface({ input: child.stdout }), 'line'), early]);
    return new BankProcess(`http://127.0.0.1:${port}`, child, exited);
  }

  async faults(faults: object): Promise<void> {
    const headers = { authorization: `Bearer ${BANK_TOKEN}` };
    await fetch(`${this.url}/v1/faults`, { method: 'POST', headers, body: JSON.stringify(faults) });
  }

  async charges(): Promise<readonly ListedCharge[]> {
    const response = await fetch(`${this.url}/v1/charges?limit=1000`);
    return ((await response.json()) as { items: ListedCharge[] }).items;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }
}
