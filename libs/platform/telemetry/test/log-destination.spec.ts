import { existsSync, mkdtempSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logDestination } from '../src/log-destination.ts';
import { createLogger } from '../src/index.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'atlas-log-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A real file on a disk that has room for so many more bytes. */
function onDisk(room: number) {
  const file = join(folder, 'host.log');
  const disk = { room, error: 'ENOSPC', tries: 0 };
  const destination = logDestination({
    to: file,
    missing: (lost) => `${lost} lost`,
    write: (descriptor, bytes, from) => {
      disk.tries += 1;
      const part = bytes.subarray(from, from + disk.room);
      if (part.length === 0) throw Object.assign(new Error('no room'), { code: disk.error });
      disk.room -= part.length;
      return writeSync(descriptor, part);
    },
  });
  const log = (...lines: string[]): void => lines.forEach((line) => destination.write(`${line}\n`));
  return { disk, log, lines: () => readFileSync(file, 'utf8').split('\n').slice(0, -1) };
}

describe('a log on a full disk', () => {
  it('drops lines, and tells how many before the first one that can be written again', () => {
    const { disk, log, lines } = onDisk(6);
    log('first', 'second', 'third', 'fourth');
    expect(lines()).toEqual(['first']);
    disk.room = Infinity;
    log('fifth', 'sixth');
    expect(lines()).toEqual(['first', '3 lost', 'fifth', 'sixth']);
  });

  it('leaves a torn line alone on its line', () => {
    const { disk, log, lines } = onDisk(9);
    log('first', 'second');
    disk.room = Infinity;
    log('third');
    expect(lines()).toEqual(['first', 'sec', '1 lost', 'third']);
  });

  it('waits a little for a pipe whose reader is slow, and not at all for one that is stuck', () => {
    const { disk, log, lines } = onDisk(0);
    disk.error = 'EAGAIN';
    log('first');
    const tries = disk.tries;
    expect(tries).toBeGreaterThan(2);
    log('second');
    expect(disk.tries).toBe(tries + 1);
    disk.room = Infinity;
    log('third');
    expect(lines()).toEqual(['2 lost', 'third']);
  });
});

it.runIf(existsSync('/dev/full'))('a logger neither throws nor hangs where nothing can be written', () => {
  const logger = createLogger({ instance: 'cart-0', level: 'info', file: '/dev/full' });
  logger.info({}, 'one');
  logger.fatal({ err: new Error('two') }, 'two');
});

it('a logger says in its own form how many lines are missing', () => {
  const lines: string[] = [];
  let full = true;
  const logger = createLogger({
    instance: 'cart-0',
    level: 'info',
    write: (_descriptor, bytes, from) => {
      if (full) throw Object.assign(new Error('no room'), { code: 'ENOSPC' });
      lines.push(Buffer.from(bytes.subarray(from)).toString());
      return bytes.length - from;
    },
  });
  logger.info({}, 'one');
  logger.info({}, 'two');
  full = false;
  logger.info({}, 'three');
  const [missing, three] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(missing).toMatchObject({ level: 'warn', instance: 'cart-0', lost: 2 });
  expect(new Date(String(missing?.['time'])).getTime()).toBeGreaterThan(0);
  expect(three).toMatchObject({ msg: 'three' });
});
