/** The interface that all advisors share, and how they are asked. */
import type { Layout } from '@atlas/control-layout';
import type { Decision, DecisionState, Observation, Outlook, Policy } from '@atlas/brain-decision';

/** What every advisor is asked about. */
export interface Question {
  readonly seen: Observation;
  readonly outlook: Outlook;
  /** The upper ends of the forecast's 80 % bands. */
  readonly high: Outlook;
  readonly policy: Policy;
  readonly state: DecisionState;
  /** What the table says; it needs nobody and is always there. */
  readonly table: Decision;
}

export interface Advice {
  /** The layout to be in; the one in force means: stay. */
  readonly to: Layout;
  /** 0–1. */
  readonly confidence: number;
  /** One sentence with the numbers. */
  readonly because: string;
}

export interface Advisor {
  readonly name: string;
  /** A sentence says why it has none. A failure or a late answer is silence, too. The signal: nobody waits any more. */
  readonly advise: (question: Question, signal: AbortSignal) => Answer | Promise<Answer>;
}

export type Answer = Advice | string;

export interface Heard {
  readonly advisor: string;
  readonly advice: Advice | undefined;
  /** Why there is no advice; undefined when there is. */
  readonly silent: string | undefined;
}

/** Asks all at once and waits no longer than the deadline; the answers are in the order of the advisors. */
export async function consult(
  advisors: readonly Advisor[],
  question: Question,
  deadlineMs: number,
): Promise<Heard[]> {
  const over = new AbortController();
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    over.abort();
    late.resolve(unheard(deadlineMs));
  }, deadlineMs);
  try {
    return await Promise.all(
      advisors.map(async (advisor) => {
        const said = ask(advisor, { question, signal: over.signal, deadlineMs });
        const answer = await Promise.race([said, late.promise]);
        return heard(advisor.name, answer);
      }),
    );
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

const unheard = (deadlineMs: number): string => `said nothing within ${deadlineMs} ms`;

/** One that thinks without a pause holds up the timer, too. A busy machine may stop any for some deadlines, not for ten. */
const PAUSELESS = 10;

interface Asked {
  readonly question: Question;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
}

async function ask({ advise }: Advisor, { question, signal, deadlineMs }: Asked): Promise<Answer> {
  const askedAt = performance.now();
  try {
    const answer = advise(question, signal);
    return performance.now() - askedAt > PAUSELESS * deadlineMs ? unheard(deadlineMs) : await answer;
  } catch (error) {
    return `failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function heard(advisor: string, answer: Answer): Heard {
  const silent = (why: string): Heard => ({ advisor, advice: undefined, silent: why });
  if (typeof answer === 'string') return silent(answer);
  const { confidence } = answer;
  if (!(confidence >= 0 && confidence <= 1))
    return silent(`is ${confidence} confident, which is not from 0 to 1`);
  return { advisor, advice: answer, silent: undefined };
}
