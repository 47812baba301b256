/** The control API as data: what the OpenAPI document says of each route. */
import {
  AutonomyView,
  HistoryAnswer,
  LayoutInfo,
  LevelBody,
  Proposal,
  ProposalsAnswer,
  Status,
  SwitchView,
  WaitingAnswer,
  WarmAnswer,
} from '@atlas/control-api';
import type { DocumentedRoute } from '@atlas/control-api/openapi';
import { Type } from '@sinclair/typebox';
import {
  AuditAnswer,
  AuditQuery,
  HistoryQuery,
  ReasonBody,
  SwitchBody,
  UnchangedOrPlan,
  WarmBody,
} from './schemas.ts';
import type { ProblemCode } from './problem.ts';

export interface Route extends DocumentedRoute {
  readonly method: 'get' | 'post';
  readonly idempotent?: boolean;
  /** The brain's token may, too. */
  readonly brain?: boolean;
  readonly problems: readonly ProblemCode[];
}

const ALWAYS: readonly ProblemCode[] = ['unauthorized', 'forbidden'];
const STORE: readonly ProblemCode[] = [...ALWAYS, 'store_unavailable', 'not_leading'];
const PROPOSAL: readonly ProblemCode[] = [
  ...STORE,
  'invalid_request',
  'stale',
  'switch_in_progress',
  'refused_by_policy',
  'idempotency_key_reused',
];

const PROPOSAL_ENDS: readonly ProblemCode[] = [...STORE, 'proposal_not_found', 'already_ended'];

export const ROUTES: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/status',
    brain: true,
    summary:
      'Layout in force, live epochs, hosts, open switches; the last known state when the store is away.',
    answers: { 200: { description: 'The state', schema: Status } },
    problems: [...ALWAYS, 'store_unavailable'],
  },
  {
    method: 'get',
    path: '/v1/layout',
    summary: 'The layout in force.',
    answers: { 200: { description: 'The layout', schema: LayoutInfo } },
    problems: [...STORE, 'no_layout'],
  },
  {
    method: 'post',
    path: '/v1/switches',
    brain: true,
    summary: 'Proposes a switch.',
    body: SwitchBody,
    bodyRequired: true,
    idempotent: true,
    answers: {
      200: {
        description: 'Already in force (the switch, `unchanged`), or the plan of a dry run',
        schema: UnchangedOrPlan,
      },
      202: {
        description: 'Accepted (the switch; ask for its state by id), or waiting for a person to approve it',
        schema: Type.Union([SwitchView, WaitingAnswer]),
      },
    },
    problems: [...PROPOSAL, 'held_by_level', 'held_by_freeze'],
  },
  {
    method: 'get',
    path: '/v1/switches',
    summary: 'Switches, newest first.',
    query: HistoryQuery,
    answers: { 200: { description: 'The history', schema: HistoryAnswer } },
    problems: [...STORE, 'invalid_request'],
  },
  {
    method: 'get',
    path: '/v1/switches/{id}',
    summary: 'One switch.',
    answers: { 200: { description: 'The switch', schema: SwitchView } },
    problems: [...STORE, 'switch_not_found'],
  },
  {
    method: 'post',
    path: '/v1/switches/{id}/abort',
    summary: 'Aborts a switch before its commit.',
    body: ReasonBody,
    answers: { 200: { description: 'Aborted', schema: SwitchView } },
    problems: [...STORE, 'invalid_request', 'switch_not_found', 'already_committed', 'already_ended'],
  },
  {
    method: 'post',
    path: '/v1/rollback',
    summary: 'Switches back to the newest stable layout that is not in force.',
    body: ReasonBody,
    idempotent: true,
    answers: { 202: { description: 'Accepted', schema: SwitchView } },
    problems: [...PROPOSAL, 'nothing_to_roll_back_to'],
  },
  {
    method: 'post',
    path: '/v1/warm',
    brain: true,
    summary:
      'Starts the hosts of a layout ahead of the switch that may need them, and keeps them warm for a while; further bundles wait in reserve. Switches nothing.',
    body: WarmBody,
    bodyRequired: true,
    answers: {
      200: { description: 'What is kept warm, and what is still to be started', schema: WarmAnswer },
    },
    problems: [...STORE, 'invalid_request', 'refused_by_policy', 'held_by_level', 'held_by_freeze'],
  },
  {
    method: 'post',
    path: '/v1/autonomy',
    summary: 'Sets what brain and emergency may do by themselves, and ends the hold of an operator’s switch.',
    body: LevelBody,
    bodyRequired: true,
    answers: { 200: { description: 'What counts now', schema: AutonomyView } },
    problems: [...STORE, 'invalid_request'],
  },
  {
    method: 'post',
    path: '/v1/freeze',
    summary: 'Takes nothing of brain and emergency, and aborts their switch if its commit is still to come.',
    body: ReasonBody,
    answers: { 200: { description: 'Frozen', schema: AutonomyView } },
    problems: [...STORE, 'invalid_request'],
  },
  {
    method: 'post',
    path: '/v1/unfreeze',
    summary: 'Ends the freeze.',
    answers: { 200: { description: 'Not frozen', schema: AutonomyView } },
    problems: STORE,
  },
  {
    method: 'get',
    path: '/v1/proposals',
    summary: 'What waits for a person, and what became of what waited, newest first.',
    answers: { 200: { description: 'The proposals', schema: ProposalsAnswer } },
    problems: [...ALWAYS, 'store_unavailable'],
  },
  {
    method: 'post',
    path: '/v1/proposals/{id}/approve',
    summary: 'Takes on what waits; the switch has the id of the proposal.',
    answers: {
      200: { description: 'Already in force: unchanged', schema: SwitchView },
      202: { description: 'Accepted', schema: SwitchView },
    },
    problems: [...PROPOSAL_ENDS, 'stale', 'switch_in_progress', 'refused_by_policy', 'held_by_freeze'],
  },
  {
    method: 'post',
    path: '/v1/proposals/{id}/reject',
    summary: 'Refuses what waits, and the same wish for as long as it would have waited.',
    answers: { 200: { description: 'Rejected', schema: Proposal } },
    problems: PROPOSAL_ENDS,
  },
  {
    method: 'get',
    path: '/v1/audit',
    summary: 'The hash-chained log of every proposal and outcome, oldest first.',
    query: AuditQuery,
    answers: { 200: { description: 'Entries', schema: AuditAnswer } },
    problems: [...STORE, 'invalid_request'],
  },
  {
    method: 'get',
    path: '/v1/events',
    summary:
      'Server-sent events: `status` at the start, then `switch`, `layout`, `hosts`, `autonomy`, `proposal`; `ping` each 2 s. Ends when this switcher leads no more.',
    answers: { 200: { description: 'text/event-stream' } },
    problems: ALWAYS,
  },
  {
    method: 'get',
    path: '/v1/openapi.json',
    summary: 'This document.',
    answers: { 200: { description: 'OpenAPI 3.1' } },
    problems: ALWAYS,
  },
];

const SHAPES = ROUTES.map(({ method, path }) => ({
  method: method.toUpperCase(),
  shape: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

/** The methods that an address answers to; none when there is no such address. */
export function methodsOf(path: string): readonly string[] {
  const methods = SHAPES.filter(({ shape }) => shape.test(path)).map(({ method }) => method);
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
}

/** Whether the brain's token may ask there: nothing but what it needs, also where there is no such address. */
export const isBrains = (method: string, path: string): boolean =>
  ROUTES.some((route) => {
    const asked = method === 'HEAD' ? 'GET' : method;
    return route.brain === true && route.path === path && route.method.toUpperCase() === asked;
  });
