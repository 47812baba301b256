/** What the engine relies on, whoever runs the hosts. */
import { handleFaults } from '@atlas/platform-fault';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DrivenHost, RuntimeDriver } from '../src/ports/runtime-driver.ts';
import type { Books } from './books.ts';

/** One machine with its books; drivers come and go. */
export interface DriverScene {
  readonly books: Books;
  driver(): RuntimeDriver;
  /** A host of `cart` comes up, by the driver or by whoever runs hosts here. */
  bring(driver: RuntimeDriver, instance: string): Promise<void>;
  /** From outside. */
  kill(host: DrivenHost): void;
  lives(host: DrivenHost): Promise<boolean>;
  close(): Promise<void>;
}

const soon = { interval: 20 };

/** `owns`: it starts and stops hosts itself. */
export function runtimeDriverConformance(
  name: string,
  { owns, open }: { readonly owns: boolean; readonly open: () => Promise<DriverScene> },
): void {
  describe(`a runtime driver: ${name}`, () => {
    let scene: DriverScene;
    const drivers: RuntimeDriver[] = [];
    beforeEach(async () => {
      scene = await open();
    });
    afterEach(async () => {
      for (const driver of drivers.splice(0)) driver.close();
      await scene.close();
    });

    /** A driver that has just gained the lead. */
    async function leading(): Promise<RuntimeDriver> {
      const driver = scene.driver();
      drivers.push(driver);
      await driver.adopt([...scene.books.records.values()]);
      return driver;
    }

    async function holding(driver: RuntimeDriver, instance: string): Promise<DrivenHost> {
      await scene.bring(driver, instance);
      return vi.waitFor(async () => {
        await driver.settle();
        const host = driver.hosts().find((one) => one.instance === instance);
        if (!host?.pid) throw new Error(`${instance} is not held`);
        return host;
      }, soon);
    }

    const gone = (driver: RuntimeDriver) =>
      vi.waitFor(async () => {
        await driver.settle();
        expect(driver.hosts()).toEqual([]);
      }, soon);

    it('holds each host that came, by app, instance and process', async () => {
      const driver = await leading();
      await holding(driver, 'cart-0');
      await holding(driver, 'cart-1');
      expect(driver.hosts()).toMatchObject([
        { app: 'cart', instance: 'cart-0', state: 'running', pidStartedAt: expect.any(String) as string },
        { app: 'cart', instance: 'cart-1', state: 'running', pidStartedAt: expect.any(String) as string },
      ]);
    });

    it('tells of hosts that come and go', async () => {
      const driver = await leading();
      let told = 0;
      const forget = driver.onChange(() => (told += 1));
      const host = await holding(driver, 'cart-0');
      expect(told).toBeGreaterThan(0);
      told = 0;
      scene.kill(host);
      await gone(driver);
      expect(told).toBeGreaterThan(0);
      forget();
      told = 0;
      await holding(driver, 'cart-1');
      expect(told).toBe(0);
    });

    it('has the evidence of an end in the books before it lets the host go', async () => {
      const driver = await leading();
      const host = await holding(driver, 'cart-0');
      scene.books.away = true;
      scene.kill(host);
      await vi.waitFor(async () => {
        await driver.settle().catch(() => undefined);
        expect(driver.hosts()).toMatchObject([{ instance: 'cart-0', state: 'gone' }]);
      }, soon);
      await expect(driver.settle()).rejects.toThrow('away');
      scene.books.away = false;
      await gone(driver);
      const { instance, nonce } = host;
      expect(scene.books.exits).toMatchObject([{ instance, nonce }]);
      expect(scene.books.exits[0]?.cause).not.toBe('retired');
    });

    it('leaves the hosts to its successor', async () => {
      const first = await leading();
      const host = await holding(first, 'cart-0');
      first.close();
      expect(await scene.lives(host)).toBe(true);
      const second = await leading();
      await second.settle();
      expect(second.hosts()).toMatchObject([{ instance: 'cart-0', nonce: host.nonce, state: 'running' }]);
      scene.kill(host);
      await gone(second);
      expect(scene.books.exits).toHaveLength(1);
    });

    it('strikes off what an earlier one recorded and is gone', async () => {
      const lost = { instance: 'cart-7', nonce: 'a'.repeat(16), app: 'cart', pid: 2 ** 22 + 1 } as const;
      const record = { ...lost, pidStartedAt: 'before', createdAt: 1, purpose: 'serving' } as const;
      scene.books.records.set(record.nonce, record);
      const driver = await leading();
      await gone(driver);
      expect(scene.books.exits).toMatchObject([{ instance: 'cart-7', nonce: record.nonce }]);
      expect(scene.books.records.size).toBe(0);
    });

    if (owns)
      it('starts and stops hosts', async () => {
        const driver = await leading();
        expect(driver.obstacle()).toBeNull();
        const host = await holding(driver, 'cart-0');
        expect(host.createdAt).not.toBeNull();
        await driver.stop(host.instance, host.nonce);
        await gone(driver);
        expect(scene.books.exits).toMatchObject([{ cause: 'retired' }]);
      });
    if (owns) {
      it('starts a host in reserve, keeps it there for a time, and opens it once', async () => {
        const driver = await leading();
        await driver.start('cart', 'cart-0', true);
        const { nonce } = await holding(driver, 'cart-0');
        const inBooks = () => [...scene.books.records.values()].map(({ purpose }) => purpose);
        expect(inBooks()).toEqual(['reserve']);
        await driver.keep('cart-0', nonce, 77);
        expect(driver.hosts()).toMatchObject([{ purpose: 'reserve', keptUntil: 77 }]);
        await driver.open('cart-0', nonce);
        expect(driver.hosts()).toMatchObject([{ purpose: 'serving' }]);
        expect(inBooks()).toEqual(['serving']);
        const { length } = scene.books.history;
        await driver.open('cart-0', nonce);
        await driver.open('cart-0', 'another');
        expect(scene.books.history).toHaveLength(length);
      });

      /** Loses the lead where the driver passes this point, as one does that freezes there. */
      const losingLeadAt = (point: string): void =>
        handleFaults((at) => {
          if (at === point) scene.books.superseded = true;
          return undefined;
        });
      afterEach(() => handleFaults(undefined));

      it('starts nobody when the lead is lost after it was written down', async () => {
        const driver = await leading();
        losingLeadAt('driver.spawn');
        await driver.start('cart', 'cart-0');
        expect(driver.hosts()).toEqual([]);
        expect(scene.books.history).toHaveLength(1);
      });

      it('stops nobody when the lead is lost before the signal, and does when it leads again', async () => {
        const driver = await leading();
        const host = await holding(driver, 'cart-0');
        losingLeadAt('driver.stop');
        await expect(driver.stop(host.instance, host.nonce)).rejects.toThrow('another switcher leads');
        expect(driver.hosts()).toMatchObject([{ instance: 'cart-0', state: 'running' }]);
        expect(await scene.lives(host)).toBe(true);
        handleFaults(undefined);
        scene.books.superseded = false;
        expect(scene.books.orders).toEqual([]);
        await driver.stop(host.instance, host.nonce);
        await gone(driver);
        expect(scene.books.orders).toEqual([host.nonce]);
      });

      it('kills a host only after the store has refused its nonce, and nobody when the lead is lost', async () => {
        const driver = await leading();
        const host = await holding(driver, 'cart-0');
        losingLeadAt('driver.kill');
        await expect(driver.kill(host.instance, host.nonce)).rejects.toThrow('another switcher leads');
        expect(await scene.lives(host)).toBe(true);
        handleFaults(undefined);
        scene.books.superseded = false;
        const refuse = scene.books.refuse.bind(scene.books);
        scene.books.refuse = () => Promise.reject(new Error('away'));
        await expect(driver.kill(host.instance, host.nonce)).rejects.toThrow('away');
        scene.books.refuse = refuse;
        await driver.stop(host.instance, host.nonce);
        await gone(driver);
        expect(scene.books.exits).toMatchObject([{ nonce: host.nonce, cause: 'retired' }]); // not killed before
        const other = await holding(driver, 'cart-1');
        await driver.kill(other.instance, other.nonce);
        await gone(driver);
        expect(scene.books.refused).toEqual([other.nonce]);
      });
    }
    if (!owns)
      it('starts, stops and kills nothing, and says who must', async () => {
        const driver = await leading();
        expect(driver.obstacle()).toMatchObject({ code: 'host_missing', command: 'serve' });
        await driver.start('cart', 'cart-9');
        const host = await holding(driver, 'cart-0');
        await driver.stop(host.instance, host.nonce);
        await driver.kill(host.instance, host.nonce);
        await driver.settle();
        expect(driver.hosts()).toMatchObject([{ instance: 'cart-0', state: 'running', createdAt: null }]);
        expect(await scene.lives(host)).toBe(true);
        expect(scene.books.history).toEqual([]);
      });
  });
}
