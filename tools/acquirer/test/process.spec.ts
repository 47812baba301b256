import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bankClient, spawnBank, TOKEN, type BankProcess } from './bank-client.ts';

describe('the acquirer process', () => {
  let home: string;
  const running: BankProcess[] = [];
  const start = async (env: Record<string, string> = {}): Promise<BankProcess> => {
    const bank = await spawnBank(home, env);
    running.push(bank);
    return bank;
  };
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'acquirer-home-'));
  });
  afterEach(async () => {
    for (const { child, exited } of running.splice(0)) {
      child.kill('SIGKILL');
      await exited;
    }
    await rm(home, { recursive: true, force: true });
  });

  it('keeps a charge that was captured right before it was killed', async () => {
    const dying = await start({ ATLAS_FAULTS: 'acquirer.charge.after=kill' });
    await expect(bankClient(dying.url).charge('k', 'tok_ok')).rejects.toThrow();
    await dying.exited;
    const bank = bankClient((await start()).url);
    expect((await bank.get('/v1/charges')).body['items']).toMatchObject([
      { idempotencyKey: 'k', status: 'captured', amountCents: 500 },
    ]);
    expect((await bank.charge('k', 'tok_ok')).body['status']).toBe('captured');
    expect((await bank.get('/v1/charges')).body['items']).toHaveLength(1);
  });

  it('has done nothing when it was killed before it wrote', async () => {
    const dying = await start({ ATLAS_FAULTS: 'acquirer.charge.before=kill' });
    await expect(bankClient(dying.url).charge('k', 'tok_ok')).rejects.toThrow();
    await dying.exited;
    expect((await bankClient((await start()).url).get('/v1/charges')).body).toEqual({
      items: [],
      next: null,
    });
  });

  it('ends when its lifeline ends', async () => {
    const bank = await start();
    const pipe = bank.child.stdio[3];
    if (!pipe || !('end' in pipe)) throw new Error('no lifeline');
    pipe.end();
    expect(await bank.exited).toEqual([0, null]);
  });

  /** It does not start, and says so in one line. */
  const refusal = (env: Record<string, string>): string => {
    const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
    const ended = spawnSync(process.execPath, [main], {
      env: { PATH: process.env['PATH'], ATLAS_HOME: home, ATLAS_ACQUIRER_TOKEN: TOKEN, ...env },
      encoding: 'utf8',
    });
    expect(ended.status).toBe(1);
    expect(ended.stderr.trim().split('\n')).toHaveLength(1);
    return ended.stderr;
  };

  it.each([
    [{ ATLAS_ACQUIRER_PORT: '99999' }, 'ATLAS_ACQUIRER_PORT'],
    [{ ATLAS_ACQUIRER_TOKEN: '' }, 'ATLAS_ACQUIRER_TOKEN'],
    [{ ATLAS_ACQUIRER_SPEED: '1' }, 'ATLAS_ACQUIRER_SPEED'],
    [{ ATLAS_LOG_LEVEL: 'loud' }, 'ATLAS_LOG_LEVEL'],
    [{ ATLAS_FAULTS: 'x' }, 'ATLAS_FAULTS'],
  ])('refuses %o with one line that names the setting', (env, name) => {
    expect(refusal(env)).toContain(name);
  });

  it('refuses a port in use with one line', async () => {
    const { port } = new URL((await start()).url);
    expect(refusal({ ATLAS_ACQUIRER_PORT: port })).toContain(port);
  });
});
