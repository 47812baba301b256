import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { armFaults, faultPoint, type FaultEffect } from '../src/index.ts';

let folder: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atlas-fault-'));
  file = join(folder, 'faults');
});
afterEach(() => armFaults(undefined, 'cart-0'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Passes the points one after another in a process of its own; resolves to those passed and the signal that ended it. */
async function pass(faults: string, points: readonly string[]) {
  const code = `
    import { armFaults, faultPoint } from '${join(import.meta.dirname, '../src/index.ts')}';
    armFaults(process.env.ATLAS_FAULTS, 'cart-0');
    for (const point of ${JSON.stringify(points)}) { await faultPoint(point); console.log(point); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ATLAS_FAULTS: faults },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { passed: said.split('\n').filter(Boolean), signal };
}

describe('fault points', () => {
  test('cost nothing to await when nothing is armed for this instance', () => {
    armFaults(undefined, 'cart-0');
    expect(faultPoint('store.commit')).toBeUndefined();
    armFaults('store.commit@cart-1=fail', 'cart-0');
    expect(faultPoint('store.commit')).toBeUndefined();
  });

  test('fail at the n-th passage, once', async () => {
    armFaults('store.*@cart-*=fail:2', 'cart-0');
    await faultPoint('store.commit');
    await faultPoint('driver.stop');
    await expect(faultPoint('store.propose')).rejects.toThrow('fault point store.propose: fail');
    await faultPoint('store.propose');
  });

  test('delay at every passage', async () => {
    armFaults('link.write=delay:20', 'cart-0');
    for (const _ of [1, 2]) {
      const before = performance.now();
      await faultPoint('link.write');
      expect(performance.now() - before).toBeGreaterThan(15);
    }
  });

  test('break every passage, and only of points that match', async () => {
    armFaults('serve.cart.*@cart-*=break', 'cart-0');
    for (const _ of [1, 2, 3])
      await expect(faultPoint('serve.cart.getOrder')).rejects.toThrow(
        'fault point serve.cart.getOrder: break',
      );
    expect(faultPoint('serve.catalog.getProduct')).toBeUndefined();
  });

  test('kill the process where it stands', async () => {
    expect(await pass('b=kill:2', ['a', 'b', 'c', 'b', 'd'])).toEqual({
      passed: ['a', 'b', 'c'],
      signal: 'SIGKILL',
    });
  });

  test.for(['store.commit', 'a=explode', '=kill', 'a@=kill', 'a=delay:soon'])(
    '%s is refused by name',
    (text) => {
      expect(() => armFaults(text, 'cart-0')).toThrow(`cannot read "${text}"`);
    },
  );
});

describe('faults in a file', () => {
  test('arm a process that runs, and are disarmed again', async () => {
    armFaults(`file:${file}`, 'cart-0');
    await faultPoint('a');
    await writeFile(file, 'a@cart-0=fail,b@cart-1=fail');
    await faultPoint('b');
    await expect(faultPoint('a')).rejects.toThrow('fault point a: fail');
    await faultPoint('a');
    expect(await readFile(file, 'utf8')).toBe('b@cart-1=fail');
    await rm(file);
    await faultPoint('b');
  });

  test('take effect at the n-th passage after they were written', async () => {
    armFaults(`file:${file}`, 'cart-0');
    await writeFile(file, 'a=fail:3');
    await faultPoint('a');
    await faultPoint('a');
    await expect(faultPoint('a')).rejects.toThrow('fail');
  });

  test('break until they are disarmed: no passage strikes the rule off', async () => {
    armFaults(`file:${file}`, 'cart-0');
    await writeFile(file, 'a=break');
    for (const _ of [1, 2, 3]) await expect(faultPoint('a')).rejects.toThrow('fault point a: break');
    expect(await readFile(file, 'utf8')).toBe('a=break');
    await rm(file);
    await faultPoint('a');
  });

  test('kill once: the next start of the process is spared', async () => {
    await writeFile(file, 'b=kill');
    expect(await pass(`file:${file}`, ['a', 'b', 'c'])).toEqual({ passed: ['a'], signal: 'SIGKILL' });
    expect(await pass(`file:${file}`, ['a', 'b', 'c'])).toEqual({ passed: ['a', 'b', 'c'], signal: null });
  });
});

describe('the log of a file', () => {
  test('tells what took effect, once for each rule', async () => {
    armFaults(`file:${file}`, 'cart-0');
    await rm(`${file}.log`, { force: true });
    await writeFile(file, 'a=delay:1,b@cart-0=fail');
    for (const point of ['a', 'a', 'c']) await faultPoint(point);
    await expect(faultPoint('b')).rejects.toThrow('fault point b: fail');
    const effects = (await readFile(`${file}.log`, 'utf8')).trim().split('\n');
    expect(effects.map((line) => JSON.parse(line) as FaultEffect)).toMatchObject([
      { point: 'a', rule: 'a=delay:1', instance: 'cart-0', pid: process.pid },
      { point: 'b', rule: 'b@cart-0=fail' },
    ]);
    await rm(file);
  });

  test('a cut fails every passage for its time, then none', async () => {
    armFaults('link.*=cut:500', 'cart-0');
    await expect(faultPoint('link.write')).rejects.toThrow('cut');
    await expect(faultPoint('link.read')).rejects.toThrow('cut');
    await vi.waitFor(async () => expect(await faultPoint('link.read')).toBeUndefined());
  });
});
