import { describe, expect, it, vi } from 'vitest';
import { LEADER_TTL_MS } from '../src/engine/leadership.ts';
import { accepted, running } from './running.ts';

describe('a second switcher', () => {
  it('hands over to a successor, which adopts the hosts', async () => {
    const { cluster, engine } = await running();
    const next = cluster.switcher();
    await next.engine.turn();
    expect(next.engine.leadership.held).toBe(false);
    await engine.stop();
    await next.engine.turn();
    expect(next.engine.leadership.held).toBe(true);
    await cluster.run(next.engine);
    expect(next.control.status()).toMatchObject({ epoch: 1 });
    expect(cluster.names()).toEqual(['shop-0']);
  });

  it('shows as a standby what the leader is at', async () => {
    const { cluster, engine: leader, control: leads } = await running();
    const { engine: standby, control } = cluster.switcher();
    await leads.propose({ mode: 'loose' });
    await cluster.run(leader, 1);
    await cluster.run(standby, 1);
    expect(control.status()).toMatchObject({ leader: { leads: false }, switches: leads.status().switches });
    expect(control.status().switches).toHaveLength(1);
  });

  it('only watches as a standby, leads within a lease of the silence of the leader, and is named then', async () => {
    const { cluster, engine: leader } = await running();
    const { engine: standby, control } = cluster.switcher();
    const both = async (turns: number): Promise<void> => {
      for (let turn = 0; turn < turns; turn += 1) {
        await Promise.all([leader.turn(), standby.turn()]);
        await cluster.beat();
        cluster.now += 250;
      }
    };
    await both(20);
    expect(standby.leads).toBe(false);
    expect(control.status()).toMatchObject({ mode: 'tight', leader: { leads: false } });
    await expect(control.propose({ mode: 'loose' })).rejects.toThrow('does not lead');
    expect(cluster.named).toBe('switcher-1');
    const stoodDown = vi.spyOn(leader.driver, 'standDown');
    const hungUp = vi.fn();
    leader.feed.onHangUp(hungUp);
    await cluster.run(standby, 13, 250); // the leader stands still for 3.25 s
    expect(standby.leads).toBe(true);
    expect(cluster.named).toBe('switcher-2');

    const { length } = cluster.said;
    await both(3);
    expect(leader.leads).toBe(false);
    expect(cluster.said.slice(length).filter((line) => line.startsWith('no longer leading'))).toHaveLength(1);
    expect(stoodDown).toHaveBeenCalledTimes(1);
    expect(hungUp).toHaveBeenCalledTimes(1);
    expect(cluster.named).toBe('switcher-2');
    await control.propose({ mode: 'loose' });
    await both(20);
    expect(control.status()).toMatchObject({ mode: 'loose' });

    await cluster.run(leader, 13, 250); // now the other one stands still
    expect(cluster.named).toBe('switcher-1');
  });

  it('lets its orders go also when it has lost the lead and has it again by the next turn', async () => {
    const { cluster, engine } = await running();
    const stoodDown = vi.spyOn(engine.driver, 'standDown');
    const hungUp = vi.fn();
    engine.feed.onHangUp(hungUp);
    const { length } = cluster.said;
    cluster.now += LEADER_TTL_MS + 1;
    await engine.turn();
    expect(engine.leads).toBe(true);
    expect(cluster.said.slice(length).join()).toMatch(/^leading/);
    expect(stoodDown).toHaveBeenCalledTimes(1);
    await cluster.run(engine, 5, 250);
    expect(stoodDown).toHaveBeenCalledTimes(1);
    expect(hungUp).toHaveBeenCalledTimes(1);
  });

  it('says whether it leads also while its lease ends', async () => {
    const { cluster, engine } = await running();
    let now = cluster.now;
    cluster.clock = () => now++;
    const end = now + LEADER_TTL_MS;
    for (let at = now; at < end && engine.leads; at += 1) now = at;
    expect(engine.leads).toBe(false);
  });

  it('does not say that it leads before it knows the open switches', async () => {
    const { cluster, engine, control } = await running();
    const { id } = accepted(await control.propose({ mode: 'loose' }));
    await engine.stop();
    const store = cluster.store();
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    const next = cluster.switcher({
      ...store,
      listSwitches: async (query) => {
        asked.resolve();
        await answer.promise;
        return store.listSwitches(query);
      },
    });
    await next.engine.lookout.look();
    const turn = next.engine.turn();
    await asked.promise;
    expect(next.control.status()).toMatchObject({ leader: { leads: false } });
    answer.resolve();
    await turn;
    expect(next.control.status()).toMatchObject({ leader: { leads: true }, switches: [{ id }] });
  });

  it('ends a switch that an earlier leader was asked to abort, who then forgets the wish', async () => {
    const { cluster, engine, control } = await running();
    cluster.coldStarts = true;
    const { id } = accepted(await control.propose({ mode: 'loose' }));
    engine.requestAbort(id, 'no');
    await engine.leadership.resign();
    const next = cluster.switcher();
    cluster.coldStarts = false;
    await cluster.run(next.engine, 40);
    expect(await next.control.get(id)).toMatchObject({ outcome: 'committed' });
    await engine.turn();
    expect(engine.lookout.last?.abortRequests).toEqual([]);
  });

  it('takes over anew when the store failed it right after it had gained the lead', async () => {
    const { cluster, engine, control } = await running();
    const { id } = accepted(await control.propose({ mode: 'loose' }));
    await engine.stop();
    const store = cluster.store();
    let failures = 1;
    const next = cluster.switcher({
      ...store,
      readState: () => (failures-- > 0 ? Promise.reject(new Error('store away')) : store.readState()),
    });
    await cluster.run(next.engine, 40);
    expect(await next.control.get(id)).toMatchObject({ outcome: 'committed' });
    expect(next.engine.driver.hosts()).toHaveLength(5);
  });
});
