import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownIdentity, updateRunFile } from '@atlas/platform-stack';
import { afterEach, beforeEach } from 'vitest';
import { run, type Surroundings } from '../src/cli.ts';
import type { Output } from '../src/output.ts';

/** The operator's. */
export const TOKEN = 'operator-token-of-the-test';

/** An answer with a status; undefined: the test answers by itself. */
export type Answer = (
  response: ServerResponse,
) => { readonly status?: number; readonly body: unknown } | undefined;

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

/** A folder with a run file that names one server as switcher, brain, edge and host: new for each test of the file. */
export interface Scene {
  readonly at: { home: string; url: string };
  /** What the server answers, by `METHOD path`; called anew each time. */
  readonly answers: Record<string, Answer>;
  readonly asked: Asked[];
  /** Runs a command to its end. */
  ctl(...args: string[]): Promise<{ code: number; out: string; err: string }>;
  /** Begins a command that lasts until the signal. */
  begin(args: readonly string[], signal: AbortSignal): { out: string[]; code: Promise<number> };
}

export const problem = (status: number, code: string) => () => ({
  status,
  body: { code, detail: `it is ${code}` },
});

async function answer({ answers, asked }: Scene, request: IncomingMessage, response: ServerResponse) {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const { method = '', url: path = '' } = request;
  asked.push({ method, path, body: text === '' ? undefined : JSON.parse(text) });
  if (request.headers.authorization !== `Bearer ${TOKEN}`) {
    response.writeHead(401).end('{}');
    return;
  }
  const make = answers[`${method} ${path}`];
  const made = make ? make(response) : { status: 404, body: { code: 'not_found', detail: 'nothing here' } };
  if (made) response.writeHead(made.status ?? 200).end(JSON.stringify(made.body));
}

async function open(scene: Scene): Promise<Server> {
  const server = createServer((request, response) => void answer(scene, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const url = `http://${host}`;
  Object.assign(scene.at, { home: await mkdtemp(join(tmpdir(), 'atlas-ctl-')), url });
  const shop = { app: 'shop', instance: 'shop-0', rpc: host, ...(await ownIdentity()) };
  await updateRunFile(scene.at.home, () => ({
    ...{ edgeUrl: url, controlUrl: url, acquirerUrl: url, postgresUrl: `postgres://${host}` },
    operatorToken: TOKEN,
    processes: [shop],
  }));
  return server;
}

/** Gives each test of the file a scene of its own. */
export function eachTestHasScene(): Scene {
  const at = { home: '', url: '' };
  const around = (output: Output, signal: AbortSignal): Surroundings => ({
    ...{ env: { ATLAS_HOME: at.home }, cwd: at.home, output },
    interruption: () => signal,
  });
  const scene: Scene = {
    ...{ at, answers: {}, asked: [] },
    begin: (args, signal) => {
      const out: string[] = [];
      const output = { line: (text: string) => out.push(text), problem: () => undefined };
      return { out, code: run([...args], around(output, signal)) };
    },
    ctl: async (...args) => {
      const out: string[] = [];
      const err: string[] = [];
      const output = { line: (text: string) => out.push(text), problem: (text: string) => err.push(text) };
      const signal = AbortSignal.timeout(10_000);
      const code = await run(args, around(output, signal));
      return { code, out: out.join('\n'), err: err.join('\n') };
    },
  };
  let server: Server;
  beforeEach(async () => {
    for (const key of Object.keys(scene.answers)) delete scene.answers[key];
    scene.asked.length = 0;
    server = await open(scene);
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(at.home, { recursive: true, force: true });
  });
  return scene;
}
