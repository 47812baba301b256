import { MODULE_REGISTRY, type ModuleRegistry } from '@atlas/coupling-runtime';
import {
  DatabaseModule,
  databaseToken,
  type Database,
  type Entity,
  type Migration,
} from '@atlas/platform-database';
import { spell } from '@atlas/platform-telemetry';
import { Inject, Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { ChargeEntity } from './adapters/charge.entity.ts';
import { Charges } from './adapters/charges.migration.ts';
import { HttpBank } from './adapters/http-bank.ts';
import { PostgresChargeStore } from './adapters/postgres-charge-store.ts';
import { paymentHandlers } from './payment.handlers.ts';

/** For the migration and for TypeORM. */
export const paymentEntities: readonly Entity[] = [ChargeEntity];
export const paymentMigrations: readonly Migration[] = [Charges];

export interface PaymentOptions {
  /** The acquirer's base URL, without trailing slash. */
  readonly acquirerUrl: string;
  readonly acquirerToken: string;
  /** Longest wait for one answer of the bank; 2,000 ms by default: a checkout, and the drain of a switch, wait for it. */
  readonly bankTimeoutMs?: number;
}

const OPTIONS = Symbol('payment.options');

/** Orders whose charge is refused stay open, and their customers are told to wait: the log alone says why. */
function tellRefusals(): (what: string) => void {
  const log = new Logger('payment');
  return spell<string>({
    begins: (what) => log.error(what),
    ends: (count) => log.error(`the bank refused ${count} requests`),
  });
}

/** Charges at the bank. `register` once per process. */
@Module({})
export class PaymentModule implements OnApplicationShutdown {
  readonly #bank: HttpBank;

  constructor(
    @Inject(OPTIONS) options: PaymentOptions,
    @Inject(databaseToken('payment')) database: Database,
    @Inject(MODULE_REGISTRY) registry: ModuleRegistry,
  ) {
    const { acquirerUrl, acquirerToken, bankTimeoutMs = 2_000 } = options;
    this.#bank = new HttpBank({ url: acquirerUrl, token: acquirerToken, onRefused: tellRefusals() });
    const charges = new PostgresChargeStore(database);
    registry.register(paymentHandlers({ bank: this.#bank, charges, bankTimeoutMs }));
  }

  static register(options: PaymentOptions): DynamicModule {
    return {
      module: PaymentModule,
      imports: [DatabaseModule.forModule('payment', paymentEntities)],
      providers: [{ provide: OPTIONS, useValue: options }],
    };
  }

  onApplicationShutdown(): Promise<void> {
    return this.#bank.close();
  }
}
