import { openApiOf } from '@atlas/control-api/openapi';
import { PROBLEM_STATUS } from './problem.ts';
import { ROUTES } from './routes.ts';
import { KEY_PATTERN } from './schemas.ts';

/** The OpenAPI 3.1 document of the control API. */
export const openApi = () =>
  openApiOf({
    title: 'ATLAS control API',
    tokens: ['operator', 'brain'],
    statusOf: PROBLEM_STATUS,
    routes: ROUTES.map(({ brain, idempotent, ...route }) => ({
      ...route,
      ...(brain && { tokens: ['operator', 'brain'] }),
      ...(idempotent && { keyPattern: KEY_PATTERN }),
    })),
  });
