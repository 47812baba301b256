import { afterEach, beforeEach, expect } from 'vitest';
import { startServer, type RunningServer } from '../src/api/server.ts';
import type { Engine } from '../src/engine/engine.ts';
import { Cluster } from './cluster.ts';

/** The operator's. */
export const TOKEN = 'operator-token-of-the-test';

export interface Told {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** What each test of the control API begins with: a switcher that leads, the first layout in force, and its server. */
export class ApiScene {
  cluster!: Cluster;
  engine!: Engine;
  server!: RunningServer;
  readonly #defects: unknown[] = [];

  /** Registers the hooks of the group that it is called in. A defect that the server tells of fails the test. */
  constructor() {
    beforeEach(async () => {
      this.cluster = new Cluster();
      const { engine, control } = this.cluster.switcher();
      this.engine = engine;
      await this.cluster.run(engine);
      this.server = await startServer({
        ...{ control, feed: engine.feed, operatorToken: TOKEN, port: 0 },
        defect: (error) => this.#defects.push(error),
      });
    });
    afterEach(async () => {
      await this.server.close();
      expect(this.#defects.splice(0)).toEqual([]);
    });
  }

  /** As the operator, if the headers do not say otherwise. A body that is text is sent as it is. */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Told> {
    const response = await fetch(`${this.server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { status, headers: told } = response;
    return { status, headers: told, body: (await response.json()) as Record<string, unknown> };
  }
}
