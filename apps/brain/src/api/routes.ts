/** The brain's API as data: the server and the OpenAPI document have it from here. */
import {
  CalendarAnswer,
  DecisionsAnswer,
  ExplainAnswer,
  ForecastAnswer,
  SaleView,
  StatusAnswer,
  StruckAnswer,
  WhatIfAnswer,
} from '@atlas/brain-api';
import type { DocumentedRoute } from '@atlas/control-api/openapi';
import type { TSchema } from '@sinclair/typebox';
import type { Answers } from './answers.ts';
import type { ProblemCode } from './problem.ts';
import { DecisionsQuery, SaleBody, WhatIfBody } from './schemas.ts';

/** What came, already validated by the route's schemas. */
export interface Asked {
  readonly body: unknown;
  readonly query: unknown;
  /** Of the path; empty when it names none. */
  readonly id: string;
}

export interface Route extends Pick<DocumentedRoute, 'path' | 'summary' | 'body' | 'query'> {
  readonly method: 'get' | 'post' | 'delete';
  readonly status?: number;
  readonly answer: TSchema;
  readonly problems: readonly ProblemCode[];
  readonly handle: (answers: Answers, asked: Asked) => unknown;
}

export const ROUTES: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/status',
    summary: 'What it sees this second, what of it is wrong, and whether it decides.',
    answer: StatusAnswer,
    problems: [],
    handle: (answers) => answers.status(),
  },
  {
    method: 'get',
    path: '/v1/forecast',
    summary: 'Request rates 5, 15 and 60 minutes ahead with bands, of the whole shop and each module.',
    answer: ForecastAnswer,
    problems: ['nothing_known'],
    handle: (answers) => answers.forecast(),
  },
  {
    method: 'get',
    path: '/v1/decisions',
    summary: 'Stored decisions, newest first.',
    query: DecisionsQuery,
    answer: DecisionsAnswer,
    problems: ['invalid_request', 'store_unavailable'],
    handle: (answers, { query }) => answers.decisions((query as { limit?: number }).limit),
  },
  {
    method: 'get',
    path: '/v1/explain/{id}',
    summary:
      'One decision: inputs, rules, forecasts, and the smallest changes that would have decided otherwise.',
    answer: ExplainAnswer,
    problems: ['decision_not_found', 'store_unavailable'],
    handle: (answers, { id }) => answers.explain(id),
  },
  {
    method: 'post',
    path: '/v1/what-if',
    summary:
      'What it would decide now if some inputs were others, with a dry run of it; nothing is done or stored.',
    body: WhatIfBody,
    answer: WhatIfAnswer,
    problems: ['invalid_request', 'module_not_found', 'nothing_known'],
    handle: (answers, { body }) => answers.whatIf(body as WhatIfBody),
  },
  {
    method: 'get',
    path: '/v1/calendar',
    summary: 'Known sales, earliest first.',
    answer: CalendarAnswer,
    problems: ['store_unavailable'],
    handle: (answers) => answers.calendar(),
  },
  {
    method: 'post',
    path: '/v1/calendar',
    summary: 'Adds a known sale.',
    body: SaleBody,
    status: 201,
    answer: SaleView,
    problems: ['invalid_request', 'too_many_sales', 'store_unavailable'],
    handle: (answers, { body }) => answers.addSale(body as SaleBody),
  },
  {
    method: 'delete',
    path: '/v1/calendar/{id}',
    summary: 'Strikes a sale.',
    answer: StruckAnswer,
    problems: ['sale_not_found', 'store_unavailable'],
    handle: (answers, { id }) => answers.strikeSale(id),
  },
];
