import { expect, it } from 'vitest';
import { eachTestHasScene, type Scene } from './scene.ts';

let scene: Scene;
eachTestHasScene((made) => (scene = made));

it('is renewed twice a second', async () => {
  const { agent, link } = scene.host('shop-0');
  await agent.start();
  link.calls.length = 0;
  await scene.pass(10_000);
  expect(link.calls.filter((call) => call === 'renewLease')).toHaveLength(20);
});

it('is there before the host has started, and read after it: nobody waits for a host without one (E2)', async () => {
  const { agent, link, lease } = scene.host('shop-0');
  link.cutCalls.add('renewLease');
  let started = false;
  const starting = agent.start().then(() => (started = true));
  await scene.pass(2_000);
  expect(link.calls).toContain('readState');
  expect(started).toBe(false);
  link.cutCalls.clear();
  link.cutCalls.add('readState');
  await scene.pass(2_000);
  expect(await lease()).toMatchObject({ health: 'starting', live: true });
  expect(started).toBe(false);
  link.cutCalls.clear();
  await scene.pass(500);
  await starting;
});

it('is renewed at once when the link is back after an outage', async () => {
  const { agent, link } = scene.host('shop-0');
  await agent.start();
  await scene.pass(10);
  link.calls.length = 0;
  link.cutShortly();
  await scene.settle();
  expect(link.calls.sort()).toEqual(['readState', 'renewLease']);
});

it('is not asked for again while a silent store owes the answer', async () => {
  const { agent, link } = scene.host('shop-0');
  await agent.start();
  await scene.pass(500);
  link.state = 'silent';
  link.calls.length = 0;
  await scene.pass(10_000);
  expect(link.calls.sort()).toEqual(['readState', 'renewLease']);
});

it('says that the host is leaving, is kept while it drains, and is given back at the end', async () => {
  const { agent, lease } = scene.host('shop-0');
  await agent.start();
  await agent.ready();
  await agent.leave();
  expect(await lease()).toMatchObject({ health: 'leaving' });
  await scene.pass(10_000);
  expect(await lease()).toMatchObject({ health: 'leaving', live: true });
  await agent.close();
  expect(await lease()).toBeUndefined();
  await scene.pass(5_000);
  expect(await lease()).toBeUndefined();
});

it('is not waited for at the end when the store is silent', async () => {
  const { agent, link } = scene.host('shop-0');
  await agent.start();
  link.state = 'silent';
  const closed = agent.close();
  await scene.pass(500);
  await closed;
});

it('of a fenced process is never written again; the host is told once', async () => {
  const { agent, link, told } = scene.host('shop-0');
  await agent.start();
  await scene.control.fence(scene.token, 'shop-0', 'shop-0-nonce');
  await scene.pass(600);
  expect(told).toEqual(['fenced']);
  link.calls.length = 0;
  await scene.pass(5_000);
  expect(link.calls).not.toContain('renewLease');
  expect(told).toEqual(['fenced']);
});
