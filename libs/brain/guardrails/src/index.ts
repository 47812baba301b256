export { loadGuardrails, type Asked, type Guardrails, type Limits, type Verdict } from './guardrails.ts';
