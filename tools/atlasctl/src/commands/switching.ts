/** Commands that change the layout: switch, abort, rollback. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PlanAnswer, SwitchView } from '@atlas/control-api';
import type { ControlClient } from '../control-client.ts';
import { describePlan, describeSwitch } from '../describe.ts';
import { CommandError, EXIT, exitCodeOfOutcome, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';

export interface SwitchOptions {
  readonly extract?: readonly string[];
  readonly bundles?: number;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

interface Said {
  readonly client: ControlClient;
  readonly output: Output;
}

const POLL_MS = 150;
/** How long `--wait` bears with a switcher that is being restarted, ms. */
const PATIENCE_MS = 30_000;

/** Old epoch drained and all edges on the new one, or never committed. */
const isOver = ({ phase }: SwitchView): boolean => phase === 'retiring' || phase === 'ended';

async function waitFor(client: ControlClient, id: string): Promise<SwitchView> {
  let lostAt: number | undefined;
  for (;;) {
    try {
      const info = await client.ask<SwitchView>('GET', `/v1/switches/${id}`);
      lostAt = undefined;
      if (isOver(info)) return info;
    } catch (error) {
      lostAt ??= Date.now();
      const passing = error instanceof CommandError && error.exitCode === EXIT.error;
      if (!passing || Date.now() - lostAt > PATIENCE_MS) throw error;
    }
    await sleep(POLL_MS);
  }
}

function tell({ output }: Said, info: SwitchView, json: boolean | undefined): ExitCode {
  output.line(json ? JSON.stringify(info) : describeSwitch(info));
  return exitCodeOfOutcome(info.outcome);
}

/** Tells of a switch, at its end if that is to be waited for. */
export async function follow(
  said: Said,
  info: SwitchView,
  options: Pick<SwitchOptions, 'wait' | 'json'>,
): Promise<ExitCode> {
  return tell(said, options.wait && !isOver(info) ? await waitFor(said.client, info.id) : info, options.json);
}

/** What `switch MODE` means to the API: modules by name when some are extracted, else the mode. */
export function switchBody(mode: string, options: SwitchOptions): Readonly<Record<string, unknown>> {
  const { extract, bundles, reason, dryRun } = options;
  if (extract !== undefined && mode !== 'hybrid') {
    throw new CommandError('--extract goes with hybrid only', EXIT.usage);
  }
  const placements = extract && Object.fromEntries(extract.map((module) => [module, 'service']));
  return {
    ...(placements ? { placements } : { mode }),
    ...(bundles === undefined ? {} : { instances: { bundle: bundles } }),
    ...(reason === undefined ? {} : { reason }),
    ...(dryRun ? { dryRun } : {}),
  };
}

export async function runSwitch(said: Said, mode: string, options: SwitchOptions): Promise<ExitCode> {
  const answer = await said.client.ask<SwitchView | PlanAnswer>(
    'POST',
    '/v1/switches',
    switchBody(mode, options),
  );
  if (!('dryRun' in answer)) return follow(said, answer, options);
  if (options.json) said.output.line(JSON.stringify(answer));
  else for (const line of describePlan(answer)) said.output.line(line);
  return answer.refusals.length > 0 ? EXIT.refused : EXIT.done;
}

export async function runRollback(
  said: Said,
  options: Pick<SwitchOptions, 'reason' | 'wait' | 'json'>,
): Promise<ExitCode> {
  const body = options.reason === undefined ? {} : { reason: options.reason };
  return follow(said, await said.client.ask<SwitchView>('POST', '/v1/rollback', body), options);
}

/** Aborting is what was asked for, so it is a success. */
export async function runAbort(
  said: Said,
  id: string,
  options: Pick<SwitchOptions, 'reason' | 'json'>,
): Promise<ExitCode> {
  const body = options.reason === undefined ? {} : { reason: options.reason };
  tell(
    said,
    await said.client.ask<SwitchView>('POST', `/v1/switches/${encodeURIComponent(id)}/abort`, body),
    options.json,
  );
  return EXIT.done;
}
