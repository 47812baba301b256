import { paymentConformance } from './payment.conformance.ts';

for (const placement of ['local', 'encoded', 'remote'] as const) paymentConformance(placement);
