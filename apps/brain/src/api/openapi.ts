import { openApiOf } from '@atlas/control-api/openapi';
import { PROBLEM_STATUS, type ProblemCode } from './problem.ts';
import { ROUTES } from './routes.ts';

const SENT: readonly ProblemCode[] = ['body_too_large', 'unsupported_media_type'];

/** The OpenAPI 3.1 document of the brain's API. */
export const openApi = () =>
  openApiOf({
    title: 'ATLAS brain API',
    tokens: ['operator'],
    statusOf: PROBLEM_STATUS,
    routes: ROUTES.map(({ status = 200, answer, problems, ...route }) => ({
      ...route,
      bodyRequired: Boolean(route.body?.['required']), // else no body is like an empty one
      answers: { [status]: { description: 'The answer', schema: answer } },
      problems: ['unauthorized', ...problems, ...(route.body ? SENT : [])],
    })),
  });
