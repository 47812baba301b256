/** Looks for what is wrong with a stack: one line for each check. */
import { stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { verifyAudit, type AuditEntry } from '@atlas/control-store';
import { isAlive, readRunFile, runFilePath, type RunFile } from '@atlas/platform-stack';
import type { Status } from '@atlas/control-api';
import { ControlClient } from '../control-client.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { findHome, leaderAddress } from '../home.ts';
import { table, type Output } from '../output.ts';

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

const ANSWER_WITHIN_MS = 2_000;
const AUDIT_PAGE = 500;
/** Below this the database is about to fail. */
const FREE_DISK_MB = 500;
const NODE_MAJOR = 24;

const good = (name: string, detail: string): Check => ({ name, ok: true, detail });
const bad = (name: string, detail: string): Check => ({ name, ok: false, detail });

const failed = (name: string, error: unknown): Check =>
  bad(name, error instanceof Error ? error.message : String(error));

const attempt = (name: string, check: () => Promise<Check>): Promise<Check> =>
  check().catch((error: unknown) => failed(name, error));

function nodeVersion(): Check {
  const { node } = process.versions;
  return Number(node.split('.')[0]) === NODE_MAJOR
    ? good('node', `Node ${node}`)
    : bad('node', `Node ${node}; the runtime is Node ${NODE_MAJOR}`);
}

async function disk(home: string): Promise<Check> {
  const { bavail, bsize } = await statfs(home);
  const freeMb = Math.floor((bavail * bsize) / 1024 / 1024);
  const detail = `${freeMb} MB free at ${home}`;
  return freeMb >= FREE_DISK_MB ? good('disk', detail) : bad('disk', `${detail}, less than ${FREE_DISK_MB}`);
}

async function runFileMode(home: string): Promise<Check> {
  const { mode } = await stat(runFilePath(home));
  const bits = (mode & 0o777).toString(8);
  return bits === '600'
    ? good('run.json', 'readable by its owner only')
    : bad('run.json', `has mode ${bits}, should be 600: it holds the operator's token`);
}

async function processes(run: RunFile): Promise<Check[]> {
  return Promise.all(
    run.processes.map(async ({ instance, pid, startTime }) =>
      (await isAlive({ pid, startTime }))
        ? good(`process ${instance}`, `pid ${pid} is alive`)
        : bad(`process ${instance}`, `pid ${pid} is gone`),
    ),
  );
}

/** Resolves when something listens there. */
function reach(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: ANSWER_WITHIN_MS });
    const refused = (error?: Error): void => {
      socket.destroy();
      reject(new Error(`${host}:${port} does not answer${error ? `: ${error.message}` : ''}`));
    };
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', refused);
    socket.once('timeout', () => refused());
  });
}

/** Everything that `run.json` says listens. */
function ports(run: RunFile): Promise<Check>[] {
  const urls = {
    edge: run.edgeUrl,
    control: run.controlUrl,
    acquirer: run.acquirerUrl,
    postgres: run.postgresUrl,
    brain: run.brainUrl,
  };
  const named = Object.entries(urls).flatMap(([name, url]) =>
    url === undefined ? [] : [[name, url] as const],
  );
  const rpc = run.processes.flatMap(({ instance, rpc: address }) =>
    address === null ? [] : [[`${instance} rpc`, `tcp://${address}`] as const],
  );
  return [...named, ...rpc].map(([name, url]) =>
    attempt(`port ${name}`, async () => {
      if (url === '') throw new Error('nobody has named it yet: it starts, or cannot');
      const { hostname, port } = new URL(url);
      await reach(hostname, Number(port));
      return good(`port ${name}`, `${hostname}:${port} answers`);
    }),
  );
}

function store({ store: link, leader, frozen }: Status): Check {
  if (!link.contact) return bad('store', `the switcher has not reached it for ${link.ageMs} ms`);
  if (frozen) return bad('store', 'frozen: many hosts fell silent together');
  return leader.leads ? good('store', 'the switcher leads') : bad('store', 'the switcher does not lead');
}

/** A bundle in reserve becomes ready by itself when a layout in force names it. */
const READY: readonly string[] = ['ready', 'reserve'];

/** Of each app that the layout in force names, as many hosts as it names must be ready. */
function hosts({ layout, hosts: all }: Status): Check {
  const { placements = {}, instances = {} } = layout ?? {};
  const ready = (is: (app: string) => boolean): number =>
    all.filter(({ app, health, stopping }) => READY.includes(health) && !stopping && is(app)).length;
  const services = Object.keys(placements).filter((module) => placements[module] === 'service');
  const rows = [
    { name: 'bundle', there: ready((app) => placements[app] === undefined) },
    ...services.map((module) => ({ name: module, there: ready((app) => app === module) })),
  ].map((row) => ({ ...row, wanted: instances[row.name] ?? 1 }));
  const missing = rows.filter(({ there, wanted }) => there < wanted);
  const silent = all
    .filter(({ health }) => health === 'silent')
    .map(({ instance }) => `${instance} is silent`);
  const wrong = [
    ...missing.map(({ name, there, wanted }) => `${name}: ${there} of ${wanted} ready`),
    ...silent,
  ];
  return wrong.length === 0
    ? good('hosts', 'all that the layout names are ready')
    : bad('hosts', `${wrong.join('; ')} (\`atlasctl logs\` tells more)`);
}

/** What the switcher says of store and hosts. */
const switcher = (client: ControlClient): Promise<Check[]> =>
  client.ask<Status>('GET', '/v1/status').then(
    (status) => [store(status), hosts(status)],
    (error: unknown) => [failed('store', error)],
  );

async function audit(client: ControlClient): Promise<Check> {
  let last: AuditEntry | undefined;
  for (;;) {
    const after = last?.seq ?? 0;
    const { items } = await client.ask<{ items: AuditEntry[] }>(
      'GET',
      `/v1/audit?after=${after}&limit=${AUDIT_PAGE}`,
    );
    const verdict = verifyAudit(items, last);
    if (!verdict.intact) return bad('audit chain', `entry ${verdict.seq} ${verdict.reason}`);
    last = items.at(-1) ?? last;
    if (items.length < AUDIT_PAGE) return good('audit chain', `${last?.seq ?? 0} entries, unbroken`);
  }
}

/** All checks; those that need a running stack only when there is one. */
export async function diagnose(
  env: Readonly<Record<string, string | undefined>>,
  from: string,
): Promise<Check[]> {
  const home = await findHome(env, from);
  if (home === undefined) return [nodeVersion(), bad('stack', 'nothing was ever started here')];
  const always = [nodeVersion(), await attempt('disk', () => disk(home))];
  const run = await readRunFile(home).catch((error: unknown) => failed('run.json', error));
  if (run && 'ok' in run) return [...always, run];
  if (!run) return [...always, bad('stack', `nothing runs in ${home}`)];
  const client = new ControlClient(() => leaderAddress({ home, run }), run.operatorToken);
  return [
    ...always,
    await attempt('run.json', () => runFileMode(home)),
    ...(await processes(run)),
    ...(await Promise.all(ports(run))),
    ...(await switcher(client)),
    await attempt('audit chain', () => audit(client)),
  ];
}

export async function runDoctor(
  checks: readonly Check[],
  output: Output,
  json: boolean | undefined,
): Promise<ExitCode> {
  if (json) output.line(JSON.stringify(checks));
  else
    for (const line of table(checks.map(({ ok, name, detail }) => [ok ? '✓' : '✗', name, detail])))
      output.line(line);
  return checks.every(({ ok }) => ok) ? EXIT.done : EXIT.error;
}
