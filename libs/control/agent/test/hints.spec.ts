import { expect, it } from 'vitest';
import { eachTestHasScene, loose, tight, type Scene } from './scene.ts';

let scene: Scene;
eachTestHasScene((given) => (scene = given));

it('an edge follows a commit at once', async () => {
  const { agent, runtime } = scene.host('shop-0');
  await agent.start();
  const epoch = await scene.switchTo(tight);
  await scene.settle();
  expect(runtime.current).toBe(epoch);
});

it('a service, for which nobody waits, follows a commit a moment later, before its next poll', async () => {
  const { agent, runtime, link } = scene.host('cart-0');
  await agent.start();
  await scene.pass(10);
  const epoch = await scene.propose(tight);
  await scene.settle();
  link.calls.length = 0;
  await scene.control.commit(scene.token, 0, epoch, ['cart']);
  await scene.pass(10);
  expect(link.calls).toEqual([]);
  await scene.pass(120);
  expect([runtime.current, runtime.trial?.epoch]).toEqual([epoch, epoch]);
  expect(link.calls).toEqual(['readState']);
});

it('the layout to be held is in the answer that tells of it: nobody reads it besides', async () => {
  const { agent, link, lease } = scene.host('cart-0');
  await agent.start();
  link.calls.length = 0;
  const epoch = await scene.propose(tight);
  await scene.settle();
  expect((await lease())?.acked).toEqual([epoch]);
  expect(link.calls).toContain('readState');
  expect(link.calls).not.toContain('readLayout');
});

it('a service, which admits nothing, says nothing of epochs that end', async () => {
  const { agent, runtime, link } = scene.host('cart-0');
  await agent.start();
  await scene.switchTo(tight);
  await scene.pass(150);
  const end = runtime.beginRoot();
  await scene.switchTo(loose);
  await scene.pass(150);
  link.calls.length = 0;
  end();
  await scene.settle();
  expect(link.calls).toEqual([]);
});
