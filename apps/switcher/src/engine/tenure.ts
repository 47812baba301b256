/**
 * From the grant of the lead to its loss.
 *
 * U1  It begins when everything that an earlier leader left is taken over; until then the next turn tries again.
 * U2  After a loss, noticed at once or not before it leads anew, nothing that only a leader needs stays behind, and those
 *     who watch are sent away; both once.
 */
import type { ControlStore } from '@atlas/control-store';
import type { RuntimeDriver } from '../ports/runtime-driver.ts';
import type { AutonomyBook } from './autonomy-book.ts';
import type { Feed } from './feed.ts';
import type { Herald } from './herald.ts';
import type { Leadership } from './leadership.ts';
import type { StoreLedger } from './store-ledger.ts';
import type { SwitchBook } from './switch-book.ts';

export interface TenureParts {
  readonly store: ControlStore;
  readonly leadership: Leadership;
  readonly ledger: StoreLedger;
  readonly book: SwitchBook;
  readonly autonomy: AutonomyBook;
  readonly driver: RuntimeDriver;
  readonly herald: Herald;
  readonly feed: Feed;
  readonly say: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

export class Tenure {
  readonly #parts: TenureParts;
  /** Token under which the last takeover was completed. */
  #since: number | undefined;

  constructor(parts: TenureParts) {
    this.#parts = parts;
  }

  /** It may write, and knows all that an earlier leader left: only then its book says what goes on. */
  get begun(): boolean {
    return this.#parts.leadership.holds(this.#since);
  }

  /** Takes or renews the lead, and takes over or steps down accordingly. @returns whether it has just begun. */
  async keep(): Promise<boolean> {
    const { leadership } = this.#parts;
    await leadership.keep();
    if (!leadership.held) this.end('another one leads');
    else if (!this.begun) {
      this.#standDown();
      await this.#takeOver();
      return true;
    }
    return false;
  }

  /** U1: open switches of every phase, and the hosts. */
  async #takeOver(): Promise<void> {
    const { store, leadership, ledger, book, autonomy, driver, herald, say } = this.#parts;
    say('leading', { holder: leadership.holder });
    const token = leadership.token();
    ledger.saw(await store.readState());
    await book.load();
    await autonomy.load();
    await driver.adopt(await store.listHosts());
    herald.startAnew();
    this.#since = token;
  }

  /** U2. Hosts go on. */
  end(why: string): void {
    const { leadership, say } = this.#parts;
    leadership.lose();
    if (!this.#standDown()) return;
    say('no longer leading', { why });
  }

  /** Whether there was anything to end. */
  #standDown(): boolean {
    if (this.#since === undefined) return false;
    this.#since = undefined;
    this.#parts.driver.standDown();
    this.#parts.feed.hangUp();
    return true;
  }
}
