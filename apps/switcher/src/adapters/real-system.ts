import { randomBytes } from 'node:crypto';
import { processStartTime, signalProcess } from '@atlas/platform-stack';
import type { OperatingSystem } from '../ports/operating-system.ts';
import { spawnHost } from './spawn-host.ts';

/** This machine. */
export const realSystem: OperatingSystem = {
  nonce: () => randomBytes(8).toString('hex'),
  spawn: spawnHost,
  startTime: processStartTime,
  signal: signalProcess,
};
