/**
 * Audit records of many roots in 24 bytes each, grouped by root afterwards. Texts are kept once; keys only as a hash,
 * which has to tell apart the few calls of one root.
 */
import type { AuditRecord } from '@atlas/platform-telemetry';
import type { JoinRecord, RecordKind } from './judge-root.ts';

const STRIDE = 6;
const KINDS: readonly RecordKind[] = ['client', 'admit', 'call', 'serve'];
/** Label of the admission under which a host warms itself up. */
const WARM_UP = 'warm-up';
/** Bits of one cell: 2 for the kind, 1 for a flag, 19 for the file, of which each host that ever ran has one, 10 for the instance. */
const [FILE_AT, INSTANCE_AT] = [3, 22];
const MOST_FILES = 2 ** 19;
const MOST_INSTANCES = 2 ** 10;

class Names {
  readonly #ids = new Map<string, number>();
  readonly #names: string[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  id(name: string): number {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    if (this.#names.length >= this.#most) throw new RangeError(`more than ${this.#most} different names`);
    this.#ids.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  name(id: number): string {
    return this.#names[id] ?? '';
  }
}

function hashOf(key: string | undefined): number {
  if (key === undefined) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0 || 1;
}

const half = (root: string, at: 0 | 8): number => Number.parseInt(root.slice(at, at + 8), 16);
const hex = (number: number): string => number.toString(16).padStart(8, '0');

export class RecordTable {
  size = 0;
  readonly #operations = new Names(0xffff_ffff);
  readonly #instances = new Names(MOST_INSTANCES);
  #cells = new Uint32Array(STRIDE * 1_024);

  /** A request that the client got an answer to; `epoch` null when the answer told none. */
  addClient(root: string, epoch: number | null): void {
    this.#add({ root, kind: 'client', epoch: epoch === null ? 0 : epoch + 1 });
  }

  /** @param file number of the file that it was read from. @param answered whether a call ended by its handler's word. */
  addRecord(record: AuditRecord, file: number, answered: boolean): void {
    const { root, type: kind } = record;
    const epoch = record.epoch + 1;
    if (record.type === 'admit') {
      return this.#add({ root, kind, epoch, file, flag: record.label === WARM_UP });
    }
    const operation = this.#operations.id(`${record.module}.${record.operation}`);
    const instance = this.#instances.id(record.type === 'call' ? record.target : record.instance);
    this.#add({ root, kind, epoch, file, flag: answered, operation, instance, key: hashOf(record.key) });
  }

  #add(row: {
    root: string;
    kind: RecordKind;
    epoch: number;
    file?: number;
    /** `answered` of a call, `warmUp` of an admission. */
    flag?: boolean;
    operation?: number;
    instance?: number;
    key?: number;
  }): void {
    const file = row.file ?? 0;
    if (file >= MOST_FILES) throw new RangeError(`more than ${MOST_FILES} audit files`);
    const at = this.size * STRIDE;
    if (at + STRIDE > this.#cells.length) this.#grow();
    const cells = this.#cells;
    cells[at] = half(row.root, 0);
    cells[at + 1] = half(row.root, 8);
    cells[at + 2] = row.epoch;
    cells[at + 3] =
      KINDS.indexOf(row.kind) |
      (row.flag === true ? 4 : 0) |
      (file << FILE_AT) |
      ((row.instance ?? 0) << INSTANCE_AT);
    cells[at + 4] = row.operation ?? 0;
    cells[at + 5] = row.key ?? 0;
    this.size += 1;
  }

  #grow(): void {
    const larger = new Uint32Array(this.#cells.length * 2);
    larger.set(this.#cells);
    this.#cells = larger;
  }

  #cell(row: number, column: number): number {
    return this.#cells[row * STRIDE + column] ?? 0;
  }

  /** Every root once, with all of its records. */
  *roots(): Generator<{ readonly root: string; readonly records: readonly JoinRecord[] }, void, undefined> {
    const order = Uint32Array.from({ length: this.size }, (_, row) => row);
    order.sort((a, b) => this.#cell(a, 0) - this.#cell(b, 0) || this.#cell(a, 1) - this.#cell(b, 1));
    let from = 0;
    for (let i = 1; i <= order.length; i++) {
      const [first = 0, row = 0] = [order[from], order[i]];
      const same = this.#cell(first, 0) === this.#cell(row, 0) && this.#cell(first, 1) === this.#cell(row, 1);
      if (i < order.length && same) continue;
      const root = hex(this.#cell(first, 0)) + hex(this.#cell(first, 1));
      yield { root, records: Array.from(order.subarray(from, i), (at) => this.#record(at)) };
      from = i;
    }
  }

  #record(row: number): JoinRecord {
    const packed = this.#cell(row, 3);
    const epoch = this.#cell(row, 2);
    const kind = KINDS[packed & 3] ?? 'client';
    const about = kind === 'call' || kind === 'serve';
    return {
      kind,
      epoch: epoch === 0 ? null : epoch - 1,
      file: (packed >>> FILE_AT) & (MOST_FILES - 1),
      answered: kind === 'call' && (packed & 4) !== 0,
      warmUp: kind === 'admit' && (packed & 4) !== 0,
      operation: about ? this.#operations.name(this.#cell(row, 4)) : '',
      instance: about ? this.#instances.name(packed >>> INSTANCE_AT) : '',
      key: this.#cell(row, 5),
    };
  }
}
