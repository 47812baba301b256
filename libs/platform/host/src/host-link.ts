import { createPostgresStore, type HostStore } from '@atlas/control-store';
import { contractHash, createCoupling, type CouplingRuntime } from '@atlas/coupling-runtime';
import { Pulse, TcpConnector, type PeerIdentity } from '@atlas/coupling-transport';
import type { CouplingServerOptions } from '@atlas/coupling-transport/nest';
import type { Agent } from '@atlas/control-agent';
import { shareDescriptors, type HostConfig } from '@atlas/platform-config';
import { AuditFileSink, withoutSecrets, type Logger } from '@atlas/platform-telemetry';
import type { HostOptions } from './host-options.ts';
import { isToppable } from './smoke.ts';
import { tellRefusals } from './tell-refusals.ts';

/** How a host is connected: to the store, to other hosts, and by whom it is known. */
export interface HostLink {
  readonly identity: PeerIdentity;
  readonly store: HostStore;
  readonly connector: TcpConnector;
  readonly runtime: CouplingRuntime;
  /** For the RPC listener. */
  readonly listener: CouplingServerOptions;
  readonly audit: AuditFileSink | undefined;
  close(): Promise<void>;
}

/** `instance:nonce`: fencing finds the host's database sessions by it. */
export const applicationName = (config: HostConfig): string =>
  `${config.ATLAS_INSTANCE}:${config.ATLAS_NONCE}`;

function auditOf(
  options: Pick<HostOptions<HostConfig>, 'kind' | 'modules'>,
  config: HostConfig,
  logger: Logger,
): AuditFileSink | undefined {
  if (config.ATLAS_AUDIT_DIR === undefined) return undefined;
  const header = {
    instance: config.ATLAS_INSTANCE,
    nonce: config.ATLAS_NONCE,
    kind: options.kind,
    modules: options.modules,
  };
  return new AuditFileSink(config.ATLAS_AUDIT_DIR, header, (err) =>
    logger.error({ err }, 'the audit file cannot be written: this run has no full audit'),
  );
}

/**
 * Wires store, runtime and transport; nothing listens yet.
 * @param agent the control agent, once there is one: the runtime asks it before it admits.
 */
export function linkHost(
  options: Pick<HostOptions<HostConfig>, 'kind' | 'modules' | 'contracts'>,
  config: HostConfig,
  logger: Logger,
  agent: () => Agent | undefined,
): HostLink {
  const { ATLAS_INSTANCE: instance, ATLAS_NONCE: nonce, ATLAS_BUILD: build } = config;
  const identity = { instance, nonce, build, contractHash: contractHash(options.contracts) };
  const store = createPostgresStore({
    url: config.ATLAS_STORE_URL,
    role: 'host',
    applicationName: applicationName(config),
  });
  const pulse = new Pulse();
  const token = config.ATLAS_RPC_TOKEN;
  const audit = auditOf(options, config, logger);
  const connector = new TcpConnector({
    identity,
    token,
    pulse,
    onLost: ({ instance: to }, reason) => logger.warn({ to, reason }, 'an RPC link was lost'),
  });
  const runtime = createCoupling({
    host: { instance, nonce, kind: options.kind, modules: options.modules },
    connector,
    readLayout: (epoch) => store.readLayout(epoch),
    beforeAdmit: () => agent()?.beforeAdmit(),
    ...(audit === undefined ? {} : { audit }),
    toppable: isToppable,
    onDefect: (err, { module, operation, rootId }) =>
      logger.error({ err, module, operation, rootId }, 'an operation failed without a code'),
    onDeadLetter: ({ module, operation, rootId, key, input }) => {
      logger.error({ module, operation, rootId, key }, 'dead letter');
      // Nobody ever settles it: a card's token would stay for good, out of its module's reach.
      const letter = { module, operation, rootId, key: key ?? null, input: withoutSecrets(input) };
      store
        .recordDeadLetter(letter)
        .catch((err: unknown) => logger.error({ err, rootId }, 'the dead letter could not be stored'));
    },
  });
  const listener: CouplingServerOptions = {
    identity,
    token,
    runtime,
    pulse,
    refusesNonce: (peer) => agent()?.refuses(peer) ?? false,
    maxConnections: shareDescriptors().callers,
    onRefused: tellRefusals(logger),
  };
  return {
    identity,
    store,
    connector,
    runtime,
    listener,
    audit,
    close: async () => {
      await runtime.close();
      pulse.close();
      await store.close();
      audit?.close();
    },
  };
}
