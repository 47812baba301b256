/** What the fuzzer is told of each API beside its OpenAPI document, as Schemathesis' configuration. */
import type { FuzzOptions } from './fuzz-options.ts';
import type { ShopFacts } from './fuzz-shop.ts';

export interface FuzzTarget {
  readonly name: string;
  readonly documentUrl: string;
  readonly token: string;
  /** Real values that a generator cannot guess. */
  readonly known: Readonly<Record<string, readonly string[]>>;
  /** Parts of the configuration that hold for some operations only, as TOML. */
  readonly operations: string;
  /** Requests per operation and phase, when no time is given. */
  readonly examples: number;
  /** Share of the time, when it is given. */
  readonly share: number;
}

/** What the cards of the bank are called, the one without an answer left out: each would take its deadline. */
const CARDS = ['tok_ok', 'tok_declined', 'tok_insufficient_funds'];

/** The shop's public API with a session of its own. */
export const edgeTarget = (edgeUrl: string, { token, products, carts }: ShopFacts): FuzzTarget => ({
  name: 'edge',
  documentUrl: `${edgeUrl}/api/openapi.json`,
  token,
  known: { products, carts, cards: CARDS, countries: ['AT', 'DE', 'IN'] },
  operations: `
[[operations]]
include-path = "/api/products/{id}"
parameters = { "path.id" = { dictionary = "products", probability = 0.5 } }

[[operations]]
include-path = "/api/carts/{id}/items/{productId}"
parameters = { "path.productId" = { dictionary = "products", probability = 0.9 }, "path.id" = { dictionary = "carts", probability = 0.5 } }

[[operations]]
include-operation-id = "cart.checkout"
parameters = { "path.id" = { dictionary = "carts", probability = 0.7 }, "body.payment.token" = { dictionary = "cards", probability = 0.9 }, "body.address.country" = { dictionary = "countries", probability = 0.8 } }
checks = { positive_data_acceptance = { expected-statuses = ["2xx", "4xx"] } } # a cart that is empty, a card that is declined

[[operations]]
include-operation-id = "catalog.listProducts"
checks = { positive_data_acceptance = { expected-statuses = ["2xx", "400"] } } # a cursor that was never handed out
`,
  examples: 25,
  share: 0.6,
});

/** The switcher's API: its proposals are real, so the shape changes while it is asked. */
export const controlTarget = (controlUrl: string, token: string): FuzzTarget => ({
  name: 'control',
  documentUrl: `${controlUrl}/v1/openapi.json`,
  token,
  known: {},
  operations: `
[[operations]]
include-path = "/v1/events" # without an end
enabled = false

[[operations]]
include-path-regex = "/v1/(switches|rollback|warm|proposals)"
checks = { positive_data_acceptance = { expected-statuses = ["2xx", "4xx"] } } # modules that are not there, pools too small, nothing that waits
`,
  examples: 25,
  share: 0.25,
});

/** The brain's API: its calendar is real, and what it expects changes with it. */
export const brainTarget = (brainUrl: string, token: string): FuzzTarget => ({
  name: 'brain',
  documentUrl: `${brainUrl}/v1/openapi.json`,
  token,
  known: { days: ['2026-11-27T00:00Z', '2030-02-28T23:59:59.5+01:00'] },
  operations: `
[[operations]]
include-path = "/v1/calendar"
include-method = "POST"
parameters = { "body.from" = { dictionary = "days", probability = 0.5 } }

[[operations]]
include-path-regex = "/v1/(calendar|explain)"
checks = { positive_data_acceptance = { expected-statuses = ["2xx", "4xx"] } } # days that no month has, ids that nothing has
`,
  examples: 15,
  share: 0.15,
});

const toml = (values: readonly string[]): string => JSON.stringify(values);

/** The text of `schemathesis.toml`. A documented 503 is an answer; every other 5xx is a finding. */
export function fuzzConfig(target: FuzzTarget, { seed, minutes }: FuzzOptions, reports: string): string {
  const dictionaries = Object.entries(target.known).map(
    ([name, values]) => `[dictionaries.${name}]\nvalues = ${toml(values)}\n`,
  );
  const effort =
    minutes === null ? '' : `max-time = ${Math.max(1, Math.round(minutes * 60 * target.share))}\n`;
  return `seed = ${seed}
${effort}continue-on-failure = true
suppress-health-check = ["all"]
warnings = false
headers = { Authorization = "Bearer ${target.token}" }

[generation]
database = "none"
${minutes === null ? `max-examples = ${target.examples}\n` : ''}
[checks]
not_a_server_error = { expected-statuses = ["2xx", "3xx", "4xx", "503"] }

[reports]
directory = "${reports}"

${dictionaries.join('\n')}${target.operations}`;
}
