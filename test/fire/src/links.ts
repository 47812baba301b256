/** Every way out of the stack's processes, through a proxy each: so that one of them can be slowed down or cut. */
import { startTcpProxy, type TcpProxy } from '@atlas/control-store/testing';
import type { StackOptions } from '@atlas/platform-stack';
import { HOSTS } from './points.ts';

/** A host whose predecessor of the same name still ends gets the next ordinal. */
const ORDINALS = [0, 1, 2, 3];
const APPS = [...new Set(HOSTS.map((instance) => instance.replace(/-\d+$/, '')))];
const INSTANCES = APPS.flatMap((app) => ORDINALS.map((ordinal) => `${app}-${ordinal}`));

type StackFile = Parameters<NonNullable<StackOptions['rewire']>>[0];

/** What one participant reaches by way of proxies. */
export interface Links {
  /** To the coupling store. */
  readonly store: TcpProxy;
  /** To the business database; the switcher has none. */
  readonly data?: TcpProxy;
  /** To the bank, where it talks to it. */
  readonly bank?: TcpProxy;
}

/** The same address by way of the proxy. */
function detour(url: string, proxy: TcpProxy): string {
  const through = new URL(url);
  through.port = String(proxy.port);
  return through.href.replace(/\/$/, '');
}

const appOf = (instance: string): string => instance.replace(/-\d+$/, '');
const DATA = /^ATLAS_(DB_URL_|EVENT_LOG_URL$)/;
const BANK = 'ATLAS_ACQUIRER_URL';

export class Wires {
  readonly #links = new Map<string, Links>();

  of(instance: string): Links {
    const links = this.#links.get(instance);
    if (!links) throw new Error(`${instance} has no links`);
    return links;
  }

  all(): readonly Links[] {
    return [...this.#links.values()];
  }

  /** Puts the proxies in. */
  readonly rewire = async (file: StackFile): Promise<StackFile> => {
    const store = await startTcpProxy(file.storeUrl);
    this.#links.set('switcher', { store });
    const instanceEnv: Record<string, Record<string, string>> = {};
    for (const instance of INSTANCES) {
      const env = file.apps[appOf(instance)]?.env ?? {};
      const links = await openLinks(env);
      this.#links.set(instance, links);
      instanceEnv[instance] = rewired(env, links);
    }
    return { ...file, storeUrl: detour(file.storeUrl, store), instanceEnv };
  };

  /** Everything goes through at once again. */
  restore(): void {
    for (const links of this.all())
      for (const proxy of [links.store, links.data, links.bank]) {
        proxy?.restore();
        proxy?.delay(0);
      }
  }

  async close(): Promise<void> {
    const proxies = this.all().flatMap(({ store, data, bank }) => [store, data, bank]);
    await Promise.all(proxies.map(async (proxy) => proxy?.close()));
  }
}

async function openLinks(env: Readonly<Record<string, string>>): Promise<Links> {
  const storeUrl = env['ATLAS_STORE_URL'] ?? '';
  const bankUrl = env[BANK];
  return {
    store: await startTcpProxy(storeUrl),
    data: await startTcpProxy(storeUrl),
    ...(bankUrl === undefined ? {} : { bank: await startTcpProxy(bankUrl) }),
  };
}

function rewired(env: Readonly<Record<string, string>>, links: Links): Record<string, string> {
  const entries = Object.entries(env).flatMap(([key, value]) => {
    if (key === 'ATLAS_STORE_URL') return [[key, detour(value, links.store)] as const];
    if (key === BANK && links.bank) return [[key, detour(value, links.bank)] as const];
    return DATA.test(key) && links.data ? [[key, detour(value, links.data)] as const] : [];
  });
  return Object.fromEntries(entries);
}
