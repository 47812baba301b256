/** The control API as its clients see it, patient with a switcher that is just starting again. */
import type { LayoutInfo, Mode, Placements, Status, SwitchView } from '@atlas/control-api';
import { controlUrlOf } from '@atlas/platform-stack';
import { randomUUID } from 'node:crypto';
import { assertEventually } from './eventually.ts';

/** What is asked of the switcher: a mode or placements, and how many instances. */
export interface Target {
  readonly mode?: Mode;
  readonly placements?: Placements;
  readonly instances?: Readonly<Record<string, number>>;
  readonly reason?: string;
}

/** An answer of the control API that is not 2xx. */
export class ControlRefusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, detail: string) {
    super(`${status} ${code}: ${detail}`);
    this.name = 'ControlRefusal';
    this.status = status;
    this.code = code;
  }
}

export class ControlClient {
  readonly #address: () => Promise<string>;
  readonly #token: string;

  /** @param address of one switcher; by default of the one that leads, as the run file names it at each question. */
  constructor(
    { home, operatorToken }: { readonly home: string; readonly operatorToken: string },
    address: () => Promise<string> = () => controlUrlOf(home),
  ) {
    this.#address = address;
    this.#token = operatorToken;
  }

  status(): Promise<Status> {
    return this.ask('GET', '/v1/status');
  }

  /** Fresh from the store, unlike `status`. Only a leader tells it: one that stood still has to take the lead again. */
  layout(): Promise<LayoutInfo> {
    return assertEventually('the layout is told', () => this.ask<LayoutInfo>('GET', '/v1/layout'));
  }

  get(id: string): Promise<SwitchView> {
    return this.ask('GET', `/v1/switches/${id}`);
  }

  /** Newest first. */
  async history(limit = 100): Promise<readonly SwitchView[]> {
    return (await this.ask<{ items: readonly SwitchView[] }>('GET', `/v1/switches?limit=${limit}`)).items;
  }

  abort(id: string): Promise<SwitchView> {
    return this.ask('POST', `/v1/switches/${id}/abort`, {});
  }

  /** Proposes once. @throws ControlRefusal; TypeError when nobody answers. */
  propose(target: Target, key: string = randomUUID()): Promise<SwitchView> {
    return this.ask('POST', '/v1/switches', target, key);
  }

  /** Resolves when nothing of the switch is left to do: the old epoch is drained, what nobody needs has ended. */
  ended(id: string, withinMs = 60_000): Promise<SwitchView> {
    const look = async (): Promise<SwitchView> => {
      const view = await this.get(id);
      if (!view.done) throw new Error(`switch ${id} is ${view.phase}`);
      return view;
    };
    return assertEventually(`switch ${id} ends`, look, { withinMs, everyMs: 100 });
  }

  /**
   * Proposes until the switcher takes it (same key, so that it is taken once) and waits for its end, or until the old
   * epoch is drained: its trial goes on then, and is superseded by the next.
   * @throws Error when it ends otherwise than committed or unchanged.
   */
  async switchTo(target: Target, withinMs = 60_000): Promise<SwitchView> {
    const key = randomUUID();
    const taken = await assertEventually('the switch is taken', () => this.propose(target, key), {
      withinMs,
      everyMs: 100,
    });
    const look = async (): Promise<SwitchView> => {
      const seen = await this.get(taken.id);
      if (!seen.done && seen.drainMs === null) throw new Error(`switch ${taken.id} is ${seen.phase}`);
      return seen;
    };
    const view = await assertEventually('the switch drains', look, { withinMs, everyMs: 100 });
    if (view.outcome === 'committed' || view.outcome === 'unchanged') return view;
    throw new Error(`switch ${view.id} was ${view.outcome}: ${view.abort?.detail ?? ''}`);
  }

  /** One request with the operator's token. @throws ControlRefusal; TypeError when nobody answers. */
  async ask<T>(method: 'GET' | 'POST', path: string, body?: unknown, key?: string): Promise<T> {
    const answer = await fetch(`${await this.#address()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    const said: unknown = await answer.json();
    if (answer.ok) return said as T;
    const { code, detail } = said as { code: string; detail: string };
    throw new ControlRefusal(answer.status, code, detail);
  }
}
