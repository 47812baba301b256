/**
 * Real calls through a host's own RPC listener before anyone else calls it: they open connections, prepare
 * statements and let the hot code be compiled.
 */
import {
  steadyNow,
  type AuditSink,
  type CallFrame,
  type Connector,
  type Contract,
  type Endpoint,
  type PlatformCode,
  type Refusal,
} from '@atlas/coupling-runtime';
import { sampleInput } from './sample-input.ts';

export interface WarmUp {
  readonly connector: Connector;
  /** This host itself. */
  readonly self: Endpoint;
  /** An epoch that lets it serve its modules. */
  readonly epoch: number;
  /** Of the modules that it has loaded. */
  readonly contracts: readonly Contract[];
  readonly audit: AuditSink | undefined;
}

const ROUNDS = 20;
/** A host that is slow to warm is better than none: then it goes on. */
const PATIENCE_MS = 3_000;

interface WarmCall {
  readonly frame: CallFrame;
  readonly settled: Promise<string>;
}

/** The root of warm-up calls: no counter of admissions ever reaches it. */
const warmRoot = (nonce: string): string => `${nonce.slice(0, 8)}ffffffff`;

function framesOf({ contracts, epoch, self }: WarmUp): CallFrame[] {
  const rootId = warmRoot(self.nonce);
  return contracts.flatMap((contract) =>
    Object.entries(contract.operations).flatMap(([operation, spec]): CallFrame[] => {
      const input = spec.kind === 'read' ? sampleInput(spec.input) : undefined;
      if (input === undefined) return [];
      const deadlineAt = steadyNow() + PATIENCE_MS;
      const traceparent = `00-${rootId}${rootId}-${rootId}-00`;
      return [
        { module: contract.module, operation, input, rootId, epoch, deadlineAt, traceparent, key: undefined },
      ];
    }),
  );
}

/** What the audit says of a call that nobody took: a code of the platform, or the auditor looks for who answered it. */
const codeOf = (reason: Refusal): PlatformCode => (reason === 'not_sent' ? 'unavailable' : reason);

/** How many reads were answered; errors count, too. Never rejects. */
export async function warmUp(options: WarmUp): Promise<number> {
  const { connector, self, audit, epoch } = options;
  const frames = framesOf(options);
  if (frames.length === 0) return 0;
  audit?.admit(warmRoot(self.nonce), epoch, 'warm-up');
  const link = connector.link(self, () => {});
  const call = (frame: CallFrame): WarmCall => ({
    frame,
    settled: new Promise((resolve) =>
      link.send(frame, {
        answered: () => resolve('ok'),
        failed: (error) => resolve(error.code),
        refused: (reason) => resolve(codeOf(reason)),
        lost: () => resolve('connection_lost'),
      }),
    ),
  });
  const stopAt = steadyNow() + PATIENCE_MS;
  let answered = 0;
  for (let round = 0; round < ROUNDS && steadyNow() < stopAt; round += 1) {
    for (const { frame, settled } of frames.map(call)) {
      const outcome = await settled;
      const { rootId: root, module, operation, key } = frame;
      audit?.call({ root, epoch, module, operation, key, target: self.instance, outcome });
      answered += 1;
    }
  }
  link.retire();
  return answered;
}
