/**
 * Joins the audit files of all hosts with the client's log, root by root.
 *
 * N1  Memory is bounded: roots are taken in as many parts as keep one part below `RECORDS_PER_PART`.
 * N2  Hosts go on working meanwhile, so a root that does not fit is looked at again later, in newer files, before it
 *     counts: by then its other half is written, or never will be.
 * N3  Layouts and exits are read after the files are listed: no record is judged by what was known before it was written.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Layout } from '@atlas/control-layout';
import { isPlatformCode } from '@atlas/coupling-runtime';
import { readRequestLog } from '@atlas/load';
import type { AuditRecord } from '@atlas/platform-telemetry';
import { listHostFiles, readRecords, type FileEnd, type HostFile } from './audit-files.ts';
import { judgeRoot, type Host, type RootContext, type RootFinding } from './judge-root.ts';
import { RecordTable } from './record-table.ts';
import type { Problems } from './result.ts';

/** 48 MB of records at a time. */
const RECORDS_PER_PART = 2_000_000;
/** What a record takes in a file at least, about; measured 50–80. */
const BYTES_PER_RECORD = 45;
/** More suspects than that are no matter of timing. */
const MOST_SUSPECTS = 10_000;
const LOOK_AGAIN_EVERY_MS = 1_000;

export interface JoinInput {
  readonly auditDir: string;
  /** Path of the client's request log. */
  readonly clientLog: string;
  readonly layouts: () => Promise<ReadonlyMap<number, Layout>>;
  /** `instance:nonce` of processes that ended → the cause. */
  readonly exits: () => Promise<ReadonlyMap<string, string>>;
  /** How long roots that do not fit are looked at again. */
  readonly recheckMs: number;
  readonly recordsPerPart?: number;
}

export interface Joined {
  readonly hosts: readonly HostFile[];
  readonly mixedEpochRoots: number;
  /** Roots that the client was told, with and without an admission on record. */
  readonly covered: number;
  readonly uncovered: number;
  readonly clientRequests: number;
  readonly roots: number;
  readonly calls: number;
  readonly serves: number;
}

/** Adds what does not fit to `problems`. @throws AuditFormatError on a damaged file. */
export async function joinCalls(input: JoinInput, problems: Problems): Promise<Joined> {
  const files = await listHostFiles(input.auditDir);
  const suspects = new Map<string, RootFinding>();
  const counts = { covered: 0, uncovered: 0, roots: 0, client: 0, admit: 0, call: 0, serve: 0 };
  const parts = partsOf(input, files);
  for (let part = 0; part < parts; part++) {
    const inPart = (root: string): boolean => Number.parseInt(root.slice(8), 16) % parts === part;
    const { table, context } = await readPart(input, files, inPart);
    for (const { root, records } of table.roots()) {
      counts.roots += 1;
      for (const { kind } of records) counts[kind] += 1;
      const finding = judgeRoot(records, context);
      if (finding.asked) counts[finding.admitted ? 'covered' : 'uncovered'] += 1;
      if (finding.problems.length > 0) suspects.set(root, finding);
    }
  }
  const { client: clientRequests, call: calls, serve: serves, roots, covered, uncovered } = counts;
  const findings = await lookAgain(input, suspects);
  return {
    ...summed(findings, problems),
    hosts: files,
    covered,
    uncovered,
    clientRequests,
    roots,
    calls,
    serves,
  };
}

function partsOf({ recordsPerPart = RECORDS_PER_PART }: JoinInput, files: readonly HostFile[]): number {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return Math.max(1, Math.ceil(bytes / (recordsPerPart * BYTES_PER_RECORD)));
}

function summed(findings: ReadonlyMap<string, RootFinding>, problems: Problems): { mixedEpochRoots: number } {
  let mixedEpochRoots = 0;
  for (const [root, finding] of findings) {
    if (finding.mixedEpoch) mixedEpochRoots += 1;
    for (const problem of finding.problems) problems.add(`root ${root} ${problem}`);
  }
  return { mixedEpochRoots };
}

async function lookAgain(
  input: JoinInput,
  first: Map<string, RootFinding>,
): Promise<Map<string, RootFinding>> {
  let suspects = first;
  for (let waited = 0; waited < input.recheckMs; waited += LOOK_AGAIN_EVERY_MS) {
    if (suspects.size === 0 || suspects.size > MOST_SUSPECTS) break;
    await wait(Math.min(LOOK_AGAIN_EVERY_MS, input.recheckMs));
    const still = new Map<string, RootFinding>();
    const asked = suspects;
    const { table, context } = await readPart(input, await listHostFiles(input.auditDir), (root) =>
      asked.has(root),
    );
    for (const { root, records } of table.roots()) {
      const finding = judgeRoot(records, context);
      if (finding.problems.length > 0) still.set(root, finding);
    }
    suspects = still;
  }
  return suspects;
}

async function readPart(
  input: JoinInput,
  files: readonly HostFile[],
  wanted: (root: string) => boolean,
): Promise<{ readonly table: RecordTable; readonly context: RootContext }> {
  const table = new RecordTable();
  const ends = new Map<HostFile, FileEnd>();
  for (const [number, file] of files.entries()) {
    const take = (record: AuditRecord): void => {
      if (wanted(record.root)) table.addRecord(record, number, wasAnswered(record));
    };
    ends.set(file, await readRecords(file, take));
  }
  for await (const { rootId, epoch } of readRequestLog(input.clientLog)) {
    if (rootId !== null && wanted(rootId)) table.addClient(rootId, epoch);
  }
  const [layouts, exits] = [await input.layouts(), await input.exits()]; // N3
  const hosts = files.map((file) => hostOf(file, exits, ends.get(file)));
  return { table, context: { hosts, layouts } };
}

const wasAnswered = (record: AuditRecord): boolean =>
  record.type === 'call' && !isPlatformCode(record.outcome);

/** One that was told to stop and killed before it had is retired, too: only its file tells. */
function hostOf({ header }: HostFile, exits: ReadonlyMap<string, string>, end: FileEnd | undefined): Host {
  const { instance, nonce, kind, modules } = header;
  const cause = exits.get(`${instance}:${nonce}`);
  const left = cause === undefined || (cause === 'retired' && end?.ended === true);
  return { instance, kind, modules, died: end?.torn === true || !left };
}
