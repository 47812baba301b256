import { PlatformError } from '@atlas/coupling-runtime';
import { describe, expect, it } from 'vitest';
import { failure } from '../src/failure.ts';

const told = (code: string): unknown => Object.assign(new Error('of the database'), { code });

describe('an error of the database', () => {
  it.each([
    ['the disk is full', '53100', 'dependency_unavailable'],
    ['it has no memory', '53200', 'dependency_unavailable'],
    ['it has no connection left', '53300', 'dependency_unavailable'],
    ['its disk is broken', '58030', 'dependency_unavailable'],
    ['it is shutting down', '57P01', 'dependency_unavailable'],
    ['it has crashed', '57P02', 'dependency_unavailable'],
    ['it is starting', '57P03', 'dependency_unavailable'],
    ['the connection broke', '08006', 'dependency_unavailable'],
    ['nobody listens', 'ECONNREFUSED', 'dependency_unavailable'],
    ['it hung up', 'ECONNRESET', 'dependency_unavailable'],
    ['it hung up while we wrote', 'EPIPE', 'dependency_unavailable'],
    ['it does not answer', 'ETIMEDOUT', 'dependency_unavailable'],
    ['this process has too many files open', 'EMFILE', 'dependency_unavailable'],
    ['this machine has no port left', 'EADDRNOTAVAIL', 'dependency_unavailable'],
    ['the statement took too long', '57014', 'deadline_exceeded'],
    ['a lock was held too long', '55P03', 'deadline_exceeded'],
    ['its transaction did nothing for too long', '25P03', 'deadline_exceeded'],
  ])('is no defect of ours when %s (%s)', (_what, code, expected) => {
    const error = failure(told(code));
    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject({ code: expected });
  });

  it.each([
    ['Connection terminated unexpectedly', 'dependency_unavailable'],
    ['Client has encountered a connection error and is not queryable', 'dependency_unavailable'],
    ['Cannot use a pool after calling end on the pool', 'dependency_unavailable'],
    ['timeout exceeded when trying to connect', 'deadline_exceeded'],
  ])('is no defect of ours when the driver says: %s', (message, expected) => {
    expect(failure(new Error(message))).toMatchObject({ code: expected });
  });

  it.each(['23505', '42601', '22P02', '40001'])('stays what it is with another meaning (%s)', (code) => {
    const error = told(code);
    expect(failure(error)).toBe(error);
  });
});
