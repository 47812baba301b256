import { paymentConformance } from './payment.conformance.ts';

for (const placement of ['local', 'encoded'] as const) paymentConformance(placement);
