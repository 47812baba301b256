import {
  createCoupling,
  type AuditSink,
  type Connector,
  type CouplingRuntime,
  type DeadLetter,
  type Endpoint,
  type HostIdentity,
} from '@atlas/coupling-runtime';
import { RpcServer, TcpConnector, type PeerIdentity } from '@atlas/coupling-transport';
import { memoryConnector, type MemoryHosts } from './memory-connector.ts';

export const TEST_TOKEN = 'test-token';
const IN_MEMORY = 'memory';

export interface TestHostOptions {
  readonly kind: 'bundle' | 'service';
  readonly instance: string;
  /** 16 hex digits. */
  readonly nonce: string;
  readonly modules: readonly string[];
  /** Hosts of the process that are reached without sockets. */
  readonly memory: MemoryHosts;
  readonly onDefect?: (error: unknown) => void;
  readonly onDeadLetter?: (letter: DeadLetter) => void;
  readonly audit?: AuditSink;
}

/** Memory for hosts without a listener, TCP for the others. */
function eitherConnector(memory: Connector, tcp: TcpConnector): Connector {
  return {
    link: (endpoint, onState) => (endpoint.rpc === IN_MEMORY ? memory : tcp).link(endpoint, onState),
    close: () => tcp.close(),
  };
}

/** One host inside the test's own process: a runtime, and a real listener once `listen` was called. */
export class TestHost {
  readonly runtime: CouplingRuntime;
  readonly #identity: PeerIdentity;
  #server: RpcServer | undefined = undefined;
  #endpoint: Endpoint;

  constructor(options: TestHostOptions) {
    const { kind, instance, nonce, modules, memory, ...hooks } = options;
    const host: HostIdentity = { kind, instance, nonce, modules };
    this.#identity = { instance, nonce, build: 'test', contractHash: 'test' };
    this.#endpoint = { ...host, rpc: IN_MEMORY, health: 'ready' };
    const tcp = new TcpConnector({ identity: this.#identity, token: TEST_TOKEN });
    const connector = eitherConnector(memoryConnector(memory), tcp);
    this.runtime = createCoupling({ host, connector, ...hooks });
    memory.set(nonce, this.runtime);
  }

  get endpoint(): Endpoint {
    return this.#endpoint;
  }

  /** Is reached over TCP from now on. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    this.#server = new RpcServer({ identity: this.#identity, token: TEST_TOKEN, inbound: this.runtime });
    this.#endpoint = { ...this.#endpoint, rpc: await this.#server.listen() };
  }

  /** Goes away in order: takes no new call, lets those in flight finish. */
  async leave(): Promise<void> {
    await this.#server?.close();
  }

  async close(): Promise<void> {
    await this.runtime.close();
    await this.#server?.close(100);
  }
}
