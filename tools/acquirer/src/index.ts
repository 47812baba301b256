export { startAcquirer, type AcquirerOptions, type RunningAcquirer } from './acquirer.ts';
export type { ChargeRow, ChargeStatus } from './charge.ts';
export type { BankFaults } from './faults.ts';
