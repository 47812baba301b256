/** Commands that only look: status, history, watch. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StatusAnswer } from '@atlas/brain-api';
import {
  EVENTS_PING_MS,
  type AutonomyView,
  type HostInfo,
  type Proposal,
  type Status,
  type SwitchView,
} from '@atlas/control-api';
import type { ControlClient } from '../control-client.ts';
import {
  describeAutonomy,
  describeBrain,
  describeHistory,
  describeProposal,
  describeStatus,
  describeSwitch,
} from '../describe.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { timeOf, type Output } from '../output.ts';

interface Said {
  readonly client: ControlClient;
  readonly output: Output;
}

/** @param said `brain`: undefined where there is none */
export async function runStatus(
  { client, output, brain }: Said & { readonly brain: ControlClient | undefined },
  json: boolean | undefined,
): Promise<ExitCode> {
  const asked = json ? undefined : brain?.ask<StatusAnswer>('GET', '/v1/status').catch(() => null);
  const status = await client.ask<Status>('GET', '/v1/status');
  if (json) output.line(JSON.stringify(status));
  else for (const line of [...describeStatus(status), ...describeBrain(await asked)]) output.line(line);
  return EXIT.done;
}

export async function runHistory(
  { client, output }: Said,
  options: { readonly limit: number; readonly json?: boolean },
): Promise<ExitCode> {
  const { items } = await client.ask<{ items: SwitchView[] }>('GET', `/v1/switches?limit=${options.limit}`);
  if (options.json) {
    output.line(JSON.stringify(items));
    return EXIT.done;
  }
  const waited = await client.ask<{ items: Proposal[] }>('GET', '/v1/proposals');
  for (const line of describeHistory(items, waited.items)) output.line(line);
  return EXIT.done;
}

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/** Cuts a server-sent stream into events. */
export async function* serverEvents(stream: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const field = (name: string): string =>
        block
          .split('\n')
          .filter((line) => line.startsWith(`${name}:`))
          .map((line) => line.slice(name.length + 1).trim())
          .join('\n');
      if (field('event') !== '') yield { event: field('event'), data: field('data') };
    }
  }
}

/** Undefined: nothing worth a line. */
function inWords({ event, data }: ServerEvent): string | undefined {
  const value: unknown = JSON.parse(data);
  switch (event) {
    case 'status': {
      const { mode, epoch } = value as Status;
      return `watching: ${mode ?? 'no layout yet'} (epoch ${epoch})`;
    }
    case 'switch':
      return `switch ${describeSwitch(value as SwitchView)}`;
    case 'layout': {
      const { mode, epoch } = value as { mode: string; epoch: number };
      return `layout ${mode} is in force (epoch ${epoch})`;
    }
    case 'proposal':
      return `proposal ${describeProposal(value as Proposal)}`;
    case 'autonomy':
      return describeAutonomy(value as AutonomyView);
    case 'hosts':
      return `hosts ${(value as HostInfo[]).map(({ instance, health, stopping }) => `${instance} ${stopping ? 'stopping' : health}`).join(', ')}`;
    default:
      return undefined;
  }
}

const RETRY_MS = 1_000;
/** Without a word, not even a ping, for so long the switcher is taken for frozen, ms. */
const SILENT_MS = 3 * EVENTS_PING_MS;

class SilentError extends Error {
  constructor(silentMs: number) {
    super(`the switcher has said nothing for ${silentMs / 1_000} s; looking for the one that leads now`);
  }
}

interface Watch {
  readonly json?: boolean;
  readonly signal: AbortSignal;
  readonly silentMs?: number;
}

/** Events of one connection. @throws SilentError */
async function* connection(
  client: ControlClient,
  { signal, silentMs = SILENT_MS }: Watch,
): AsyncGenerator<ServerEvent> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new SilentError(silentMs)), silentMs);
  try {
    for await (const event of serverEvents(await client.stream(AbortSignal.any([signal, silent.signal])))) {
      timer.refresh();
      yield event;
    }
  } catch (error) {
    throw silent.signal.aborted ? silent.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** Undefined: nothing worth a line. */
function told(event: ServerEvent, json: boolean | undefined): string | undefined {
  if (event.event === 'ping') return undefined;
  if (json) return JSON.stringify({ event: event.event, data: JSON.parse(event.data) as unknown });
  const words = inWords(event);
  return words === undefined ? undefined : `${timeOf(Date.now())} ${words}`;
}

/** Goes on until the signal; a stream that breaks, or falls silent, is opened again at the switcher that leads then. */
export async function runWatch({ client, output }: Said, watch: Watch): Promise<ExitCode> {
  const { json, signal } = watch;
  let found = false;
  let missed = false;
  while (!signal.aborted) {
    try {
      for await (const event of connection(client, watch)) {
        found = true;
        missed = false;
        const line = told(event, json);
        if (line !== undefined) output.line(line);
      }
    } catch (error) {
      if (signal.aborted) break;
      found ||= error instanceof SilentError; // it is there, though it does not answer
      if (!found) throw error;
      if (!missed) output.problem(error instanceof Error ? error.message : String(error));
      missed = true;
    }
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
  return EXIT.done;
}
