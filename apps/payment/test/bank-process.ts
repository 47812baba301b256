import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const BANK_TOKEN = 'integration-token-0123';

interface ListedCharge {
  readonly idempotencyKey: string;
  readonly orderId: string;
  readonly status: string;
  readonly amountCents: number;
}

/** The real acquirer, as a process of its own in a folder of its own. */
export class BankProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly exited: Promise<unknown>;

  private constructor(url: string, child: ChildProcess, exited: Promise<unknown>) {
    this.url = url;
    this.#child = child;
    this.exited = exited;
  }

  /** `port` 0: any that is free. */
  static async start(home: string, port = 0, faults = ''): Promise<BankProcess> {
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
    const said = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
    const [line] = await Promise.race([said, early]);
    return new BankProcess((JSON.parse(line) as { listening: string }).listening, child, exited);
  }

  /** One that comes after it is found at the same. */
  get port(): number {
    return Number(new URL(this.url).port);
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
