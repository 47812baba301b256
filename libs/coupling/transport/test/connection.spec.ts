import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Connection } from '../src/connection.ts';
import type { Frame } from '../src/frames.ts';
import { Pulse } from '../src/pulse.ts';

const LIMIT_BYTES = 1024 * 1024;

describe('a connection', () => {
  let pulse: Pulse;
  const listener = createServer();
  let near: Socket;
  let far: Socket;
  beforeEach(async () => {
    pulse = new Pulse();
    await once(listener.listen(0, '127.0.0.1'), 'listening');
    far = connect((listener.address() as AddressInfo).port, '127.0.0.1');
    [near] = (await once(listener, 'connection')) as [Socket];
  });
  afterEach(() => {
    far.destroy();
    near.destroy();
    listener.close();
    pulse.close();
  });

  /** Sends answers in one turn; resolves to what arrived. */
  const bring = (outputs: readonly string[]): Promise<unknown[]> => {
    const sender = new Connection(near, { onFrame: () => {}, onClose: () => {} }, pulse);
    const arrived: unknown[] = [];
    return new Promise((resolve) => {
      const onFrame = (frame: Frame): void => {
        arrived.push(frame.t === 'ok' ? frame.out : frame);
        if (arrived.length === outputs.length) resolve(arrived);
      };
      new Connection(far, { onFrame, onClose: () => {} }, pulse).trust();
      outputs.forEach((out, at) => sender.send({ t: 'ok', id: at + 1, out }));
    });
  };

  it('sends the frames of one turn in one write, whatever characters are in them (N1)', async () => {
    const write = vi.spyOn(near, 'write');
    const outputs = ['plain', 'façade', '🍵 🍵', 'plain'];
    await expect(bring(outputs)).resolves.toEqual(outputs);
    expect(write).toHaveBeenCalledTimes(1);
  });

  it('does not wait for the end of the turn with many frames, and sends them in few pieces (N1)', async () => {
    const write = vi.spyOn(near, 'write');
    const outputs = Array.from({ length: 640 }, (_, at) => `${at} ${'é'.repeat(at % 7)} ${'x'.repeat(80)}`);
    const arriving = bring(outputs);
    const before = write.mock.calls.length;
    expect(before).toBeGreaterThan(8);
    expect(before).toBeLessThan(32);
    await expect(arriving).resolves.toEqual(outputs);
    expect(write.mock.calls.length).toBeLessThanOrEqual(before + 1);
  });

  describe('and its beat', () => {
    let now = 0;
    /** By a clock of our own, which beats with each turn of the event loop. */
    const watch = (): Promise<unknown> => {
      pulse.close();
      pulse = new Pulse({ everyMs: 1, clock: () => now });
      return new Promise((resolve) => new Connection(near, { onFrame: resolve, onClose: resolve }, pulse));
    };
    /** … in one step of it, so that the process was halted when that is long. */
    const pass = async (ms: number): Promise<void> => {
      const before = pulse.awake;
      now += ms;
      while (pulse.awake === before) await new Promise((resolve) => setImmediate(resolve));
    };

    it('gives up a peer that is silent', async () => {
      const end = watch();
      for (let beats = 0; beats < 16; beats += 1) await pass(250);
      await expect(end).resolves.toBe('silent');
    });

    it('asks first whom it has not heard because the whole machine was halted (N7)', async () => {
      const end = watch();
      for (let beats = 0; beats < 3; beats += 1) await pass(250);
      await pass(2_900); // less than a stand-still
      await pass(250);
      const [asked] = (await once(far, 'data')) as [Buffer];
      expect(String(asked)).toBe('{"t":"ping"}\n');
      far.write('{"t":"goaway"}\n');
      await expect(end).resolves.toEqual({ t: 'goaway' });
    });

    it('takes no peer for silent whom this process itself had no time to hear', async () => {
      const end = watch();
      for (let beats = 0; beats < 12; beats += 1) await pass(250);
      far.write('{"t":"goaway"}\n');
      now += 2_900; // less than a stand-still
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50); // the timer is due before the socket is read
      await expect(end).resolves.toEqual({ t: 'goaway' });
    });
  });

  it('piles up no more pongs than fit for a peer that pings and does not read (N6)', async () => {
    const connection = new Connection(near, { onFrame: () => {}, onClose: () => {} }, pulse);
    far.pause();
    const pings = Buffer.from('{"t":"ping"}\n'.repeat(100_000));
    let most = 0;
    for (let round = 0; round < 40; round += 1) {
      await new Promise((resolve) => far.write(pings, resolve));
      most = Math.max(most, near.writableLength);
    }
    expect(connection.congested).toBe(true);
    expect(most).toBeLessThan(2 * LIMIT_BYTES);
  });

  describe('that was paused while the process stood still', () => {
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    let now: number;
    let still: Pulse;
    let connection: Connection;
    /** A frame that was handed out, or why the connection ended. */
    let told: Promise<unknown>;
    beforeEach(() => {
      now = 0;
      still = new Pulse({ clock: () => now });
      told = new Promise((resolve) => {
        connection = new Connection(near, { onFrame: resolve, onClose: resolve }, still);
      });
      connection.setPaused(true);
    });
    afterEach(() => still.close());
    const goaway = Buffer.from('{"t":"goaway"}\n');

    it.each([
      ['and has gone on for some turns', true],
      ['and goes on only now', false],
    ])('drops what lay unread in the socket, %s (N3)', async (_case, goneOn) => {
      far.write(goaway);
      await vi.waitUntil(() => near.readableLength > 0);
      now = 4_000;
      if (goneOn) still.check();
      for (let turns = 0; goneOn && turns < 4; turns += 1) await turn();
      connection.setPaused(false);
      await expect(told).resolves.toBe('stood_still');
    });

    it('drops what had been read and was held back (N3)', async () => {
      connection.read(goaway);
      now = 4_000;
      connection.setPaused(false);
      await expect(told).resolves.toBe('stood_still');
    });

    it('hands out what comes later when nothing lay unread', async () => {
      now = 4_000;
      connection.setPaused(false);
      for (let turns = 0; turns < 4; turns += 1) await turn();
      far.write(goaway);
      await expect(told).resolves.toEqual({ t: 'goaway' });
    });
  });
});
