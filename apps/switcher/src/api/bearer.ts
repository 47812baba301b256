/** Who asks by which token, and what the brain may ask for (ADR 17): the state, and to take on what it proposes. */
import { bearerCheck, brainTokenOf, fingerprintOf } from '@atlas/control-api/operator';
import { problem, type Problem } from './problem.ts';
import { isBrains } from './routes.ts';

interface Asked {
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface Bearers {
  /** Why a request is refused for its token; undefined: it is not. */
  refuse(asked: Asked): Problem | undefined;
  /** The same once its body is read: the brain speaks for itself, never for the operator. */
  refuseBody(asked: Asked, body: unknown): Problem | undefined;
}

const OWN_SOURCES: readonly unknown[] = ['brain', 'emergency'];

export function bearersOf(operatorToken: string): Bearers {
  const isOperator = bearerCheck(fingerprintOf(operatorToken));
  const isBrain = bearerCheck(fingerprintOf(brainTokenOf(operatorToken)));
  return {
    refuse({ method, path, authorization }) {
      if (isOperator(authorization)) return undefined;
      if (!isBrain(authorization)) return problem('unauthorized', 'the operator token is missing or wrong');
      return isBrains(method, path)
        ? undefined
        : problem(
            'forbidden',
            "the brain's token reads the status, proposes and pre-warms; this is the operator's",
          );
    },
    refuseBody({ path, authorization }, body) {
      const proposes = path === '/v1/switches' && isBrain(authorization);
      if (!proposes || OWN_SOURCES.includes((body as { source?: unknown } | null)?.source)) return undefined;
      return problem('forbidden', 'the brain\'s token proposes with "source": "brain" or "emergency" only');
    },
  };
}
