/**
 * Whether one root's records fit together. Pure.
 *
 * J1  All records of a root, and the client's answer, name one epoch.
 * J2  A root was admitted, once.
 * J3  A call that was answered has a serve record at the instance that answered it.
 * J4  A serve record has a call record of the same operation and key, unless a host of the root died before it could
 *     write one. More serves than calls are retries: the caller writes one record, each attempt that began another.
 *     A host's own warm-up calls may be broken off.
 * J5  An instance serves only what the epoch's layout lets it: a bundle everything (primary or standby), a service the
 *     modules that the layout places outside.
 */
import { allowedEndpoint, type Layout } from '@atlas/control-layout';

export type RecordKind = 'client' | 'admit' | 'call' | 'serve';

export interface JoinRecord {
  readonly kind: RecordKind;
  /** Null when the client's answer told none. */
  readonly epoch: number | null;
  /** Number of the audit file; 0 and meaningless for the client. */
  readonly file: number;
  /** A call that ended with a result or a business error, hence by its handler's word. */
  readonly answered: boolean;
  /** An admission of warm-up calls, which a host makes to itself. */
  readonly warmUp: boolean;
  /** `module.operation`; empty for `client` and `admit`. */
  readonly operation: string;
  /** Of the idempotency key, as a hash; 0: none. */
  readonly key: number;
  /** Who served it. */
  readonly instance: string;
}

/** A process that wrote an audit file. */
export interface Host {
  readonly instance: string;
  readonly kind: string;
  /** Modules that it can serve. */
  readonly modules: readonly string[];
  /** It ended otherwise than retired and in order, or its last record is torn: perhaps between the two sides of a call. */
  readonly died: boolean;
}

export interface RootContext {
  readonly hosts: readonly Host[];
  /** Layouts that were ever proposed, by epoch. */
  readonly layouts: ReadonlyMap<number, Layout>;
}

export interface RootFinding {
  /** Whether a client got an answer with this root. */
  readonly asked: boolean;
  readonly admitted: boolean;
  readonly mixedEpoch: boolean;
  readonly problems: readonly string[];
}

/** Judges all records of one root. */
export function judgeRoot(records: readonly JoinRecord[], context: RootContext): RootFinding {
  const epochs = [...new Set(records.map(({ epoch }) => epoch).filter((epoch) => epoch !== null))];
  const admits = records.filter(({ kind }) => kind === 'admit').length;
  const asked = records.filter(({ kind }) => kind === 'client').length;
  const problems: string[] = [];
  if (epochs.length > 1) problems.push(`ran under epochs ${epochs.sort((a, b) => a - b).join(', ')}`);
  if (admits === 0) problems.push('is on no record as admitted');
  if (admits > 1) problems.push(`was admitted ${admits} times`);
  if (asked > 1) problems.push(`was told to the client in ${asked} answers`);
  problems.push(...unpairedCalls(records, context), ...misplacedServes(records, context));
  return { asked: asked > 0, admitted: admits > 0, mixedEpoch: epochs.length > 1, problems };
}

interface Pairing {
  calls: number;
  serves: number;
  /** Instance → answered calls less serves. */
  readonly owed: Map<string, number>;
}

function pairings(records: readonly JoinRecord[]): Map<string, Pairing> {
  const groups = new Map<string, Pairing>();
  for (const { kind, operation, key, instance, answered } of records) {
    if (kind !== 'call' && kind !== 'serve') continue;
    const name = `${operation}#${key}`;
    const group = groups.get(name) ?? { calls: 0, serves: 0, owed: new Map<string, number>() };
    groups.set(name, group);
    if (kind === 'call') group.calls += 1;
    else group.serves += 1;
    const change = kind === 'serve' ? -1 : answered ? 1 : 0;
    group.owed.set(instance, (group.owed.get(instance) ?? 0) + change);
  }
  return groups;
}

function unpairedCalls(records: readonly JoinRecord[], { hosts }: RootContext): string[] {
  const excused = records.some(
    ({ kind, file, warmUp }) => warmUp || (kind !== 'client' && hosts[file]?.died === true),
  );
  const problems: string[] = [];
  for (const [name, { calls, serves, owed }] of pairings(records)) {
    const operation = name.slice(0, name.indexOf('#'));
    for (const [instance, missing] of owed) {
      if (missing <= 0) continue; // J3
      const known = hosts.some((host) => host.instance === instance);
      const where = known ? `${instance} has no record of it` : `there is no audit file of ${instance}`;
      problems.push(`${operation} was answered by ${instance}, but ${where}`);
    }
    if (serves > 0 && calls === 0 && !excused)
      problems.push(`${operation} was served, but nobody has called it`); // J4
  }
  return problems;
}

function misplacedServes(records: readonly JoinRecord[], context: RootContext): string[] {
  const problems: string[] = [];
  for (const { kind, file, instance, operation, epoch } of records) {
    const host = context.hosts[file];
    if (kind !== 'serve' || host === undefined || epoch === null) continue;
    if (host.instance !== instance)
      problems.push(`the file of ${host.instance} tells of a serve by ${instance}`);
    const layout = context.layouts.get(epoch);
    if (layout === undefined) problems.push(`ran under epoch ${epoch}, which was never proposed`);
    else if (!mayServe(host, operation.slice(0, operation.indexOf('.')), layout)) {
      problems.push(`${operation} was served by ${instance}, which epoch ${epoch} does not allow`);
    }
  }
  return problems;
}

/** J5. */
function mayServe({ kind, modules }: Host, module: string, layout: Layout): boolean {
  if (kind !== 'bundle' && kind !== 'service') return false;
  return allowedEndpoint(layout, module, { kind, modules }) !== 'no';
}
