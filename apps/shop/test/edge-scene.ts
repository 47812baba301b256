import { afterAll, beforeAll, expect } from 'vitest';
import { startEdge, type EdgeFixture } from './edge-fixture.ts';

/** The edge that the tests of a file share; when they are over, it has no root that is open. */
export function sharedEdge(): EdgeFixture {
  const edge = {} as EdgeFixture;
  beforeAll(async () => void Object.assign(edge, await startEdge()));
  afterAll(async () => {
    expect(edge.openRoots()).toBe(0);
    await edge.close();
  });
  return edge;
}

/** What an answer says went wrong. */
export const problem = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await response.json()) as {
    code: string;
    status: number;
    errors?: { in: string; name: string }[];
    [more: string]: unknown;
  };
  expect(body.status).toBe(response.status);
  return body;
};
