import { brainTokenOf } from '@atlas/control-api/operator';
import { expect, test } from 'vitest';
import { brainEnvironment } from '../src/wiring.ts';

const secret = (name: string): string => name.padEnd(24, '.');

test('the brain gets its own token and role, and no secret of operator, shop or bank', () => {
  const secrets = {
    ...{ adminPassword: secret('admin'), operatorToken: secret('operator'), rpcToken: secret('rpc') },
    ...{ sessionSecret: secret('session'), acquirerToken: secret('bank') },
    roles: { atlas_brain: secret('brain'), cart: secret('cart') },
  };
  const manifest = { bundle: 'shop', modules: ['cart'], hybrid: [], acquirer: ['cart'] };
  const env = brainEnvironment({ root: '/r', home: '/h', manifest, secrets, postgresPort: 1 } as never);
  expect(env['ATLAS_BRAIN_TOKEN']).toBe(brainTokenOf(secrets.operatorToken));
  const told = JSON.stringify(env);
  expect(told).toContain(secrets.roles.atlas_brain);
  const { operatorToken, rpcToken, sessionSecret, acquirerToken, adminPassword, roles } = secrets;
  for (const other of [operatorToken, rpcToken, sessionSecret, acquirerToken, adminPassword, roles.cart])
    expect(told).not.toContain(other);
});
