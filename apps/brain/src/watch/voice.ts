/** What the brain says to the switcher: proposals, and layouts to keep warm. The only file that may change anything. */
import type { Layout } from '@atlas/control-layout';

/** A wish, and what it rests on. */
export interface Wish {
  readonly kind: 'move' | 'pre-warm';
  readonly source: 'brain' | 'emergency';
  readonly to: Layout;
  readonly reason: string;
  readonly basedOnEpoch: number;
  /** When the brain looked, ms since 1970 on the store's clock; undefined when that clock is not known. */
  readonly observedAt: number | undefined;
  /** One sentence for each guardrail that it breaks. */
  readonly guardrails: readonly string[];
  /** The same wish again has the same key. */
  readonly key: string;
}

/** What the switcher made of it. */
export type Said =
  | { readonly kind: 'accepted'; readonly switchId: string }
  | { readonly kind: 'unchanged' }
  /** A person must approve it. */
  | { readonly kind: 'waiting'; readonly proposalId: string; readonly expiresAt: string }
  /** Until an ISO time. */
  | { readonly kind: 'warming'; readonly until: string }
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string }
  /** Nobody knows what became of it. */
  | { readonly kind: 'silent'; readonly detail: string };

export interface Voice {
  /** Never rejects. */
  say(wish: Wish): Promise<Said>;
}

/** What the switcher reads at the most. */
const MOST_SENTENCES = 32;
const MOST_CHARACTERS = 500;

/** Where the switcher is; an empty URL: not known yet. */
export type Control = () => { readonly url: string; readonly token: string };

/** Nobody is waited for longer: the next second comes, ms. */
const WITHIN_MS = 800;

const text = (value: unknown, otherwise = ''): string => (typeof value === 'string' ? value : otherwise);

/** @param answer of a status below 300 */
function heard({ kind }: Wish, status: number, answer: Readonly<Record<string, unknown>>): Said {
  const { waiting, id, until } = answer;
  if (kind === 'pre-warm') return { kind: 'warming', until: text(until) };
  if (typeof waiting === 'object' && waiting !== null) {
    const { id: proposalId, expiresAt } = waiting as { id?: unknown; expiresAt?: unknown };
    return { kind: 'waiting', proposalId: text(proposalId), expiresAt: text(expiresAt) };
  }
  return status === 202 ? { kind: 'accepted', switchId: text(id) } : { kind: 'unchanged' };
}

const bodyOf = ({ kind, to, source, reason, basedOnEpoch, observedAt, guardrails }: Wish) => {
  const { placements, instances } = to;
  return kind === 'pre-warm'
    ? { placements, instances }
    : {
        ...{ placements, instances, source, basedOnEpoch, observedAt },
        reason: reason.slice(0, MOST_CHARACTERS),
        guardrails: guardrails.slice(0, MOST_SENTENCES).map((sentence) => sentence.slice(0, MOST_CHARACTERS)),
      };
};

async function send(wish: Wish, { url, token }: ReturnType<Control>): Promise<Said> {
  const answer = await fetch(`${url}/v1/${wish.kind === 'pre-warm' ? 'warm' : 'switches'}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': wish.key,
    },
    body: JSON.stringify(bodyOf(wish)),
    signal: AbortSignal.timeout(WITHIN_MS),
    redirect: 'error',
  });
  const told = (await answer.json()) as Readonly<Record<string, unknown>>;
  if (answer.ok) return heard(wish, answer.status, told);
  return {
    kind: 'refused',
    code: text(told['code'], `HTTP ${answer.status}`),
    detail: text(told['detail']).slice(0, 500),
  };
}

export const openVoice = (control: Control): Voice => ({
  say: (wish) => {
    const at = control();
    if (at.url === '') return Promise.resolve({ kind: 'silent', detail: 'nobody knows where it is' });
    return send(wish, at).catch((error: unknown) => ({
      kind: 'silent',
      detail: error instanceof Error ? error.message : String(error),
    }));
  },
});
