/** A real Prometheus, if the machine has one, that scrapes hosts of the test. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { once } from 'node:events';

const brought = join(import.meta.dirname, '../../../../.atlas/promtool/usr/bin');

/** Undefined when there is none: `npm run alerts` brings one. */
export const PROGRAM = [brought, ...(process.env['PATH'] ?? '').split(delimiter)]
  .map((folder) => join(folder, 'prometheus'))
  .find((path) => existsSync(path));

export interface FakeHost {
  /** Without the path `/metrics`. */
  readonly url: string;
  /** Undefined: it answers 500. */
  text: string | undefined;
  close(): Promise<void>;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

export async function fakeHost(text: string): Promise<FakeHost> {
  const host: { text: string | undefined } = { text };
  const server = createServer((_, answer) => {
    answer.statusCode = host.text === undefined ? 500 : 200;
    answer.setHeader('content-type', 'text/plain; version=0.0.4');
    answer.end(host.text);
  });
  const port = await listening(server);
  return Object.assign(host, { url: `http://127.0.0.1:${port}`, close: () => closed(server) });
}

const configuration = (hosts: readonly FakeHost[]): string => `
global: { scrape_interval: 1s, scrape_timeout: 900ms }
scrape_configs:
  - job_name: atlas
    static_configs: [{ targets: ${JSON.stringify(hosts.map(({ url }) => new URL(url).host))} }]
`;

export interface RealPrometheus {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts one that scrapes these hosts every second, in a folder of its own. */
export async function startPrometheus(program: string, hosts: readonly FakeHost[]): Promise<RealPrometheus> {
  const folder = await mkdtemp(join(tmpdir(), 'atlas-prometheus-'));
  await writeFile(join(folder, 'prometheus.yml'), configuration(hosts));
  const probe = createServer();
  const port = await listening(probe);
  await closed(probe);
  const child = spawn(
    program,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'ignore'], env: { PATH: process.env['PATH'] } },
  );
  const gone = once(child, 'exit');
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      child.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
