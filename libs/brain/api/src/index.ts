/**
 * What the brain's API answers, as far as its clients read it: the server's answers are checked by these types, and every
 * client has them from here. Times are ISO 8601 or ms since 1970, rates requests per second.
 */

export interface Band {
  readonly low: number;
  readonly high: number;
}

/** One horizon of one series. */
export interface ForecastView {
  readonly horizonMin: number;
  readonly at: string;
  readonly rps: number;
  readonly band80: Band;
  readonly band95: Band;
  /** The weightiest first. */
  readonly experts: readonly { readonly name: string; readonly weight: number }[];
}

/** `GET /v1/forecast`: series (`total`, or a module) → horizons. */
export interface ForecastAnswer {
  readonly series: Readonly<Record<string, readonly ForecastView[]>>;
}

/** `GET /v1/status`. */
export interface StatusAnswer {
  readonly level: number;
  readonly rule: string | null;
  readonly rps: number | null;
}

export interface ProposedLayout {
  readonly placements: Readonly<Record<string, string>>;
  readonly instances: Readonly<Record<string, number>>;
}

export interface ProposalView {
  readonly kind: string;
  readonly source?: string;
  readonly to?: ProposedLayout;
}

/** What became of a proposal; which fields there are its kind says. */
export interface OutcomeView {
  readonly kind: string;
  readonly switchId?: string;
  readonly proposalId?: string;
  readonly code?: string;
  readonly detail?: string;
  readonly because?: string;
  readonly until?: string;
}

/** What is proposed in the end, who is for it, and what each advisor said. */
export interface CounselView {
  readonly proposal: ProposalView;
  readonly by: readonly string[];
  /** Advisor → 0 to 1. */
  readonly trust: Readonly<Record<string, number>>;
  readonly heard: readonly {
    readonly advisor: string;
    readonly advice?: { readonly to: ProposedLayout; readonly because: string } | undefined;
    readonly silent?: string | undefined;
  }[];
  /** What trust was last changed by; absent in decisions of older brains. */
  readonly judged?: {
    readonly atMs: number;
    /** p99 of the layout in force, ms. */
    readonly predictedMs: number;
    readonly measuredMs: number;
    /** Advisor → 0 for the best, up to 1. */
    readonly losses: Readonly<Record<string, number>>;
  } | null;
}

/** One of `GET /v1/decisions`, newest first. */
export interface DecisionItem {
  readonly id: number;
  /** ms since 1970, real. */
  readonly at: number;
  readonly rule: string;
  readonly because: string;
  readonly rps: number;
  readonly proposal: ProposalView;
  readonly outcome: OutcomeView | null;
}

/** `GET /v1/decisions`. */
export interface DecisionsAnswer {
  readonly items: readonly DecisionItem[];
}

/** `POST /v1/what-if`: what it would decide. */
export interface WhatIfAnswer {
  readonly autonomy: {
    readonly effective: number;
    readonly heldUntil: string | null;
    readonly frozen: { readonly reason: string } | null;
  };
  readonly policy: string;
  readonly observation: { readonly rps: number; readonly epoch: number };
  readonly outlook: { readonly in5Rps: number; readonly in15Rps: number; readonly in60Rps: number };
  readonly decision: {
    readonly rule: string;
    readonly proposal: ProposalView;
    readonly rules: readonly { readonly name: string; readonly fired: boolean; readonly because: string }[];
  };
  readonly plan: {
    readonly starts: readonly { readonly instance: string }[];
    readonly stops: readonly string[];
    readonly refusals: readonly string[];
  } | null;
  readonly forecasts: readonly Pick<ForecastView, 'horizonMin' | 'experts'>[];
  readonly counsel: CounselView | null;
  readonly guardrails: readonly string[];
  readonly outcome: OutcomeView | null;
  readonly otherwise: readonly { readonly input: string; readonly flipsAt: number; readonly to: string }[];
}

/** `GET /v1/explain/{id}`. */
export interface ExplainAnswer extends WhatIfAnswer {
  readonly id: number;
  readonly at: number;
}

/** One of `GET /v1/calendar`, and the answer of `POST /v1/calendar`. */
export interface SaleView {
  readonly id: number;
  readonly from: string;
  readonly minutes: number;
  readonly times: number;
}
