import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { problemOf, RETRY_AFTER_S } from './problem.ts';

/** Turns every error into `application/problem+json`; defects are said in the log only. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #defect: (error: unknown) => void;

  constructor(defect: (error: unknown) => void) {
    this.#defect = defect;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const told = problemOf(error);
    if (told.code === 'internal') this.#defect(error);
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (reply.sent) return;
    if (told.status === 503) void reply.header('retry-after', String(RETRY_AFTER_S));
    void reply.status(told.status).type('application/problem+json').send(told);
  }
}
