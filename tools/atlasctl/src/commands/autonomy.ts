/** Commands that say how much brain and emergency may do by themselves: level, freeze, unfreeze, proposals, approve, reject. */
import type { AutonomyView, Proposal, Status, SwitchView } from '@atlas/control-api';
import type { ControlClient } from '../control-client.ts';
import { describeAutonomy, describeProposal, describeProposals } from '../describe.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import type { Output } from '../output.ts';
import { follow, type SwitchOptions } from './switching.ts';

export interface AutonomySaid {
  readonly client: ControlClient;
  readonly output: Output;
}

function tell<T>(
  { output }: AutonomySaid,
  answer: T,
  { json, lines }: { readonly json: boolean | undefined; readonly lines: (answer: T) => readonly string[] },
): ExitCode {
  if (json) output.line(JSON.stringify(answer));
  else for (const line of lines(answer)) output.line(line);
  return EXIT.done;
}

const inWords = (autonomy: AutonomyView): string[] => [describeAutonomy(autonomy)];

/** @param level what it is now, without one. */
export async function runLevel(
  said: AutonomySaid,
  level: number | undefined,
  json: boolean | undefined,
): Promise<ExitCode> {
  const answer =
    level === undefined
      ? (await said.client.ask<Status>('GET', '/v1/status')).autonomy
      : await said.client.ask<AutonomyView>('POST', '/v1/autonomy', { level });
  return tell(said, answer, { json, lines: inWords });
}

export async function runFreeze(
  said: AutonomySaid,
  { reason, json }: Pick<SwitchOptions, 'reason' | 'json'>,
): Promise<ExitCode> {
  const body = reason === undefined ? {} : { reason };
  return tell(said, await said.client.ask<AutonomyView>('POST', '/v1/freeze', body), {
    json,
    lines: inWords,
  });
}

export async function runUnfreeze(said: AutonomySaid, json: boolean | undefined): Promise<ExitCode> {
  return tell(said, await said.client.ask<AutonomyView>('POST', '/v1/unfreeze'), { json, lines: inWords });
}

export async function runProposals(said: AutonomySaid, json: boolean | undefined): Promise<ExitCode> {
  const { items } = await said.client.ask<{ items: readonly Proposal[] }>('GET', '/v1/proposals');
  return tell(said, items, { json, lines: describeProposals });
}

const of = (id: string, what: 'approve' | 'reject'): string =>
  `/v1/proposals/${encodeURIComponent(id)}/${what}`;

/** It becomes a switch, hence ends as one. */
export async function runApprove(
  said: AutonomySaid,
  id: string,
  options: Pick<SwitchOptions, 'wait' | 'json'>,
): Promise<ExitCode> {
  return follow(said, await said.client.ask<SwitchView>('POST', of(id, 'approve')), options);
}

export async function runReject(
  said: AutonomySaid,
  id: string,
  json: boolean | undefined,
): Promise<ExitCode> {
  const answer = await said.client.ask<Proposal>('POST', of(id, 'reject'));
  return tell(said, answer, { json, lines: (proposal) => [describeProposal(proposal)] });
}
