import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { EdgeResponse } from '../src/edge/edge-response.ts';
import { begins } from '../src/edge/pipeline-limit.ts';

test('what still comes on a connection that has been ended is not begun, nor what comes behind that', () => {
  const socket = new Socket();
  socket.end();
  const [first, second] = [1, 2].map(() => new EdgeResponse(new IncomingMessage(socket)));
  first?.assignSocket(socket);
  expect([first, second].map((response) => response && begins(response, socket))).toEqual([false, false]);
});
