/**
 * Two switchers (E3): one leads, the other watches. When the leader freezes at a step or is killed, the other one leads
 * and ends what was begun; one that thaws writes nothing, signals nobody, starts nobody, and watches from then on.
 */
import type { FaultEffect } from '@atlas/platform-fault';
import { controlUrlOf, signalProcess, type ProcessRow } from '@atlas/platform-stack';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { beforeAll, expect, test } from 'vitest';
import {
  assertEventually,
  ControlClient,
  failuresIn,
  faultFileOf,
  faultsInHostsOf,
  kill,
  processesIn,
  shopOfFile,
  type Load,
  type Status,
} from './src/index.ts';

let faults: string;
let load: Load;

const shop = shopOfFile((home) => {
  faults = faultFileOf(home);
  return {
    faults: `file:${faults}`,
    mostPauseMs: 100,
    standbySwitchers: 1,
    trialMostMs: 0, // trials are not the subject here
    rewire: faultsInHostsOf(),
  };
});

beforeAll(async () => {
  load = await shop().load();
  await load.served(60);
});

interface Leader {
  readonly name: string;
  readonly row: ProcessRow;
  readonly url: string;
  readonly holder: string;
  /** Its control API, whether it leads or not. */
  readonly control: ControlClient;
}

const WITHIN = { withinMs: 40_000 };

const nameOf = ({ leader }: Status): string => leader.holder.split(':')[0] ?? '';

interface Other {
  /** It stands still: its address is not asked. */
  readonly frozen?: Leader;
  readonly dead?: Leader;
}

/** The switcher that the run file names, once it leads by its own word. */
function leading({ frozen, dead }: Other = {}): Promise<Leader> {
  const look = async (): Promise<Leader> => {
    const url = await controlUrlOf(shop().home);
    if (url === frozen?.url) throw new Error('the run file names the old one');
    const control = new ControlClient(shop().stack, () => Promise.resolve(url));
    const status = await control.status();
    const name = nameOf(status);
    const { holder, leads } = status.leader;
    if (!leads || holder === dead?.holder) throw new Error(`${holder} does not lead`);
    return { name, url, holder, control, row: await shop().process(name) };
  };
  return assertEventually('a switcher leads', look, WITHIN);
}

const TABLES = ['switches', 'hosts', 'exits', 'refused_nonces', 'layouts', 'audit_log'];

/** All that only a leader may write, and every process of the run. */
async function everything(): Promise<object> {
  const client = new Client({ connectionString: shop().stack.postgresUrl });
  await client.connect();
  try {
    const tables: Record<string, unknown> = {};
    for (const table of TABLES) {
      const { rows } = await client.query(`select to_json(t) from coupling.${table} t order by t::text`);
      tables[table] = rows;
    }
    const control = await client.query(
      'select committed, prepared, live, trial, last_epoch, leader_holder, leader_token from coupling.control',
    );
    const pids = (await processesIn(shop().home)).map(({ pid }) => pid).sort((a, b) => a - b);
    return { ...tables, control: control.rows, pids };
  } finally {
    await client.end();
  }
}

const lastFault = async (): Promise<FaultEffect> =>
  JSON.parse((await readFile(`${faults}.log`, 'utf8')).trim().split('\n').at(-1) ?? '') as FaultEffect;

const saidBy = ({ name }: Leader): Promise<string> =>
  readFile(join(shop().home, 'logs', `${name}.log`), 'utf8');

const isWide = async (): Promise<boolean> =>
  (await shop().control.layout()).placements['shipping'] === 'service';

/** Widening passes the first, narrowing the second, either the third. */
const POINTS = ['driver.spawn', 'driver.stop', 'switch.commit.before'];

test.for(POINTS)(
  'a leader that freezes at %s is replaced, and does nothing when it thaws',
  async (point, { annotate }) => {
    const { control } = shop();
    const old = await leading();
    const wide = await isWide();
    const target = { placements: wide ? {} : { shipping: 'service' as const } };
    await writeFile(faults, `${point}@${old.name}=stop`);
    const taken = await control.propose(target);
    const fault = await assertEventually(
      `${old.name} freezes`,
      async () => {
        const last = await lastFault();
        expect(last).toMatchObject({ point, pid: old.row.pid });
        return last;
      },
      WITHIN,
    );
    try {
      const now = await leading({ frozen: old });
      await annotate(`${now.name} led and was named ${Date.now() - fault.at} ms after the freeze`);
      await rm(faults, { force: true });
      expect(await control.ended(taken.id)).toMatchObject({ outcome: 'committed' });
      expect(await isWide()).toBe(!wide);
      const before = await everything();

      const saidBefore = (await saidBy(old)).length;
      await signalProcess(old.row, 'SIGCONT');
      await assertEventually(
        'the old leader steps down, and looks',
        async () => {
          expect((await saidBy(old)).slice(saidBefore)).toContain('no longer leading');
          expect(await old.control.status()).toMatchObject({
            leader: { leads: false },
            store: { contact: true },
            epoch: (await control.layout()).epoch,
          });
        },
        WITHIN,
      );
      await expect(old.control.propose({ mode: 'tight' })).rejects.toMatchObject({ code: 'not_leading' });

      expect(await everything()).toEqual(before);
      expect((await leading()).name).toBe(now.name);
      expect(load.failures).toEqual([]);
    } finally {
      await signalProcess(old.row, 'SIGCONT');
    }
  },
);

test('a leader that is killed is replaced by its standby or its successor, and both are there afterwards', async ({
  annotate,
}) => {
  const { control } = shop();
  const old = await leading();
  const taken = await control.propose({ placements: (await isWide()) ? {} : { shipping: 'service' } });
  const killedAt = Date.now();
  await kill(old.row);
  const now = await leading({ dead: old });
  await annotate(`${now.name} led and was named ${Date.now() - killedAt} ms after the kill`);
  expect(await control.ended(taken.id)).toMatchObject({ outcome: 'committed' });
  // It is back long before its lease has lapsed, and may be the faster of the two then.
  const leads = now.url === old.url;
  await assertEventually('the old one is back', async () => {
    expect(await old.control.status()).toMatchObject({ leader: { leads }, store: { contact: true } });
  });
  expect(load.failures).toEqual([]);
});

test('no request failed meanwhile, and the books agree', async () => {
  await load.stop();
  expect(await failuresIn(load.log)).toEqual([]);
  expect((await shop().audit()).problems).toEqual([]);
});
