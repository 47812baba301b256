import { expect, it, vi } from 'vitest';
import { runWatch, serverEvents } from '../src/commands/watching.ts';
import { ControlClient } from '../src/control-client.ts';
import { EXIT } from '../src/exit-codes.ts';
import { PROPOSAL, STATUS, SWITCH } from './documents.ts';
import { eachTestHasScene, TOKEN } from './scene.ts';

const { at, answers, begin } = eachTestHasScene();

it('watches what happens', async () => {
  answers['GET /v1/events'] = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`event: status\ndata: ${JSON.stringify(STATUS)}\n\nevent: ping\ndata: {}\n\n`);
    response.write(`event: switch\ndata: ${JSON.stringify(SWITCH)}\n\n`);
    response.write(`event: proposal\ndata: ${JSON.stringify(PROPOSAL)}\n\n`);
    response.write(`event: autonomy\ndata: ${JSON.stringify(STATUS.autonomy)}\n\n`);
    return undefined;
  };
  const over = new AbortController();
  const { out, code } = begin(['watch'], over.signal);
  await vi.waitFor(() => expect(out).toHaveLength(4));
  over.abort();
  expect(await code).toBe(EXIT.done);
  expect(out[0]).toContain('watching: hybrid (epoch 4)');
  expect(out[1]).toContain('switch sw-1 tight → hybrid: planned');
  expect(out[2]).toMatch(/proposal sw-9 brain → .*: waits for `atlasctl approve` until/);
  expect(out[3]).toContain('autonomy: level 4 (full)');
});

it('looks for the leader again, and says so once, when a stream falls silent or nobody answers', async () => {
  let times = 0;
  answers['GET /v1/events'] = (response) => {
    times += 1;
    if (times === 2) return { status: 503, body: {} };
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (times > 2) response.write(`event: status\ndata: ${JSON.stringify(STATUS)}\n\n`);
    else response.write(`event: ping\ndata: {}\n\n`);
    return undefined;
  };
  const out: string[] = [];
  const problems: string[] = [];
  const over = new AbortController();
  const watching = runWatch(
    {
      client: new ControlClient(() => Promise.resolve(at.url), TOKEN),
      output: { line: (text) => out.push(text), problem: (text) => problems.push(text) },
    },
    { signal: over.signal, silentMs: 100 },
  );
  await vi.waitFor(() => expect(out).toHaveLength(1), { timeout: 10_000 });
  over.abort();
  expect(await watching).toBe(EXIT.done);
  expect(problems).toEqual(['the switcher has said nothing for 0.1 s; looking for the one that leads now']);
});

it('puts events together that arrive in pieces', async () => {
  const pieces = ['event: a\nda', 'ta: {"x":', '1}\n\nevent: b\ndata: 2\n\nevent: c'];
  const stream = (async function* () {
    for (const piece of pieces) yield new TextEncoder().encode(piece);
  })();
  const events = [];
  for await (const event of serverEvents(stream)) events.push(event);
  expect(events).toEqual([
    { event: 'a', data: '{"x":1}' },
    { event: 'b', data: '2' },
  ]);
});
