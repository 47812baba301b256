/** Refusals of the control API are values of a closed table. */
export type RefusalCode =
  | 'invalid_request'
  | 'stale'
  | 'switch_in_progress'
  | 'refused_by_policy'
  | 'held_by_level'
  | 'held_by_freeze'
  | 'idempotency_key_reused'
  | 'switch_not_found'
  | 'proposal_not_found'
  | 'no_layout'
  | 'already_committed'
  | 'already_ended'
  | 'nothing_to_roll_back_to'
  | 'store_unavailable';

export class RefusedError extends Error {
  readonly code: RefusalCode;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: RefusalCode, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'RefusedError';
    this.code = code;
    this.details = details;
  }
}
