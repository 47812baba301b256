import { BusinessError, PlatformError, type PlatformCode } from '@atlas/coupling-runtime';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { EdgeParts } from '../src/edge/edge-context.ts';
import { problemWriter } from '../src/edge/hooks.ts';
import { Problem, problemOf } from '../src/edge/problem.ts';

describe('a problem', () => {
  it.each<[PlatformCode, number, number | undefined]>([
    ['deadline_exceeded', 503, 1],
    ['unavailable', 503, 1],
    ['connection_lost', 503, 1],
    ['overloaded', 503, 1],
    ['cancelled', 503, 1],
    ['epoch_unknown', 503, 1],
    ['goaway', 503, 1],
    ['dependency_unavailable', 503, 1],
    ['dead_letter', 503, 60],
    ['invalid_input', 400, undefined],
    ['misrouted', 500, undefined],
    ['root_ended', 500, undefined],
    ['internal', 500, undefined],
  ])(
    'of the platform, %s, is %i, with seconds to wait where that is of use: %s',
    (code, status, retryAfterS) => {
      expect(problemOf(new PlatformError(code))).toMatchObject({ status, retryAfterS });
    },
  );

  it('says how long to wait in whole seconds, never too few', () => {
    expect(new Problem('rate_limited', { retryAfterMs: 1_001 }).retryAfterS).toBe(2);
    expect(new Problem('rate_limited', { retryAfterMs: 1 }).retryAfterS).toBe(1);
    expect(problemOf(new BusinessError('in_progress')).retryAfterS).toBe(1);
    expect(problemOf(new BusinessError('out_of_stock')).retryAfterS).toBeUndefined();
  });

  it('of a business code that no route has is a defect, and tells nothing', () => {
    const problem = problemOf(new BusinessError('reservation_released', 'order 7', { orderId: '7' }));
    expect(JSON.parse(problem.body())).toEqual({
      ...{ type: 'urn:atlas:problem:internal', code: 'internal' },
      ...{ title: 'Something is wrong on our side', status: 500 },
    });
  });
});

describe('the log', () => {
  afterEach(() => void vi.useRealTimers());

  it('holds each defect, and of what is away one line a second per code', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const logger = { error: vi.fn(), warn: vi.fn() };
    const reply = { code: () => reply, header: () => reply, send: () => reply };
    const write = problemWriter({ logger } as unknown as EdgeParts);
    const fail = (code: PlatformCode, times: number): void => {
      for (let n = 0; n < times; n += 1)
        write(new PlatformError(code), {} as FastifyRequest, reply as unknown as FastifyReply);
    };
    fail('internal', 3);
    fail('overloaded', 3);
    fail('unavailable', 3);
    expect([logger.error.mock.calls.length, logger.warn.mock.calls.length]).toEqual([3, 2]);
    vi.advanceTimersByTime(1_000);
    fail('overloaded', 3);
    expect(logger.warn.mock.calls.length).toBe(3);
  });
});
