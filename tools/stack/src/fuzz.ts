/**
 * `npm run fuzz`: Schemathesis reads the OpenAPI documents of a running shop, of its switcher and of its brain, and asks what they
 * allow and what they forbid, in chains of requests that follow the documents' links. Every answer must have a status,
 * a content type, headers and a body that the document knows; no 5xx but a documented 503; what the document forbids is
 * refused. The stack has a folder of its own, emptied first: the same seed meets the same shop.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { readRunFile, repositoryRoot, StackError, type Stack } from '@atlas/platform-stack';
import { parseFuzz, type FuzzOptions } from './fuzz-options.ts';
import { brainTarget, controlTarget, edgeTarget, fuzzConfig, type FuzzTarget } from './fuzz-plan.ts';
import { ask, capturedCharges, furnish } from './fuzz-shop.ts';
import { runCommand, withStack, type Session } from './session.ts';

/** Runs the fuzzer against one API. @returns whether it found nothing */
async function fuzzOne(session: Session<FuzzOptions>, target: FuzzTarget): Promise<boolean> {
  const { options, screen, signal, settings } = session;
  const folder = join(settings.home, 'report');
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${target.name}.toml`);
  await writeFile(file, fuzzConfig(target, options, folder), { mode: 0o600 });
  screen.say(`${target.name}: ${target.documentUrl}, seed ${options.seed}`);
  const program = join(repositoryRoot(), '.atlas/schemathesis/bin/st');
  const args = ['--config-file', file, '--no-color', 'run', target.documentUrl];
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'], signal });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}

/** The brain's address and that it decides; it starts beside the shop. */
async function brainOf({ home, operatorToken: token }: Stack, signal: AbortSignal): Promise<string> {
  for (let tries = 0; tries < 120; tries += 1) {
    const url = (await readRunFile(home))?.brainUrl;
    const status =
      url && (await ask<{ deciding: boolean }>(`${url}/v1/status`, { token }).catch(() => undefined));
    if (url && status && status.deciding) return url;
    await wait(500, undefined, { signal });
  }
  throw new StackError('the brain decides nothing');
}

/** After all that was asked of it, the stack still does what it is told, and customers got as far as paying. */
async function assertWell(stack: Stack, signal: AbortSignal): Promise<void> {
  await ask(`${stack.edgeUrl}/readyz`);
  await ask(`${stack.controlUrl}/v1/layout`, { token: stack.operatorToken });
  await brainOf(stack, signal);
  if ((await capturedCharges(stack)) === 0) throw new StackError('the requests never led to a paid order');
}

async function fuzz(given: Session<FuzzOptions>): Promise<number> {
  const session = {
    ...given,
    settings: { ...given.settings, home: join(given.settings.home, 'fuzz') },
  };
  const shape = { fresh: true, port: session.options.port, audit: false, brain: true };
  return withStack(session, shape, async (stack) => {
    const control = controlTarget(stack.controlUrl, stack.operatorToken);
    const edge = edgeTarget(stack.edgeUrl, await furnish(stack));
    const brain = brainTarget(await brainOf(stack, session.signal), stack.operatorToken);
    const clean: boolean[] = [];
    for (const target of [edge, control, brain]) clean.push(await fuzzOne(session, target));
    await assertWell(stack, session.signal);
    const again = session.options.seed;
    const good = clean.every(Boolean);
    session.screen.say(good ? 'nothing found' : `found something: --seed ${again} asks the same again`);
    return good ? 0 : 1;
  });
}

await runCommand((args) => parseFuzz(args), fuzz);
