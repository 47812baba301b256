/** `.atlas/stack.json` (0600): what the supervisor tells the switcher about this stack. */
import { Type, type Static } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './private-file.ts';

const Environment = Type.Record(Type.String(), Type.String());

export const AppEntry = Type.Object({
  /** Absolute path of the bundled entry file. */
  main: Type.String({ minLength: 1 }),
  /** Complete but for ATLAS_INSTANCE and ATLAS_NONCE, which the switcher adds. */
  env: Environment,
});

export const StackFile = Type.Object(
  {
    /** Names the build that is running; hosts of another build are refused. */
    build: Type.String({ minLength: 1 }),
    /** Postgres URL of the coupling store, role `atlas_switcher`. */
    storeUrl: Type.String({ minLength: 1 }),
    /** 0: any free port. */
    controlPort: Type.Integer({ minimum: 0, maximum: 65_535 }),
    operatorToken: Type.String({ minLength: 16 }),
    /** Who runs the hosts: `process`, the switcher; `external`, something else, and only routes switch. */
    driver: Type.Union([Type.Literal('process'), Type.Literal('external')]),
    /** App name of the bundle. */
    bundle: Type.String({ minLength: 1 }),
    /** Module names; a module's service is the app of the same name. */
    modules: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
    /** What `hybrid` alone extracts. */
    hybrid: Type.Array(Type.String({ minLength: 1 })),
    apps: Type.Record(Type.String(), AppEntry),
    /** Processes of that app that wait blank, to become a service; absent: none do. */
    spares: Type.Optional(
      Type.Object(
        { app: Type.String({ minLength: 1 }), count: Type.Integer({ minimum: 1, maximum: 16 }) },
        { additionalProperties: false },
      ),
    ),
    /** Cores that each host may take at most; absent: no limit. */
    hostCpu: Type.Optional(Type.Number({ minimum: 0.1, maximum: 64 })),
    /** How long a service that is not needed any more is kept warm, ms; absent: it is stopped. */
    keepWarmMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 86_400_000 })),
    /** Names this start of the stack: a level that was set under an earlier one counts no more. */
    start: Type.Optional(Type.String({ minLength: 1 })),
    /** What brain and emergency may do by themselves until an operator sets a level, 0 to 4; absent: 0, nothing. */
    autonomy: Type.Optional(Type.Integer({ minimum: 0, maximum: 4 })),
    /** Longest trial of a switch, ms; absent: 60,000. Where calls are few, a shorter one judges by fewer of them. */
    trialMostMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    /** Instance name → variables that override those of its app, e.g. another store link for `shop-1` in a test. */
    instanceEnv: Type.Optional(Type.Record(Type.String(), Environment)),
  },
  { additionalProperties: false },
);

export type AppEntry = Static<typeof AppEntry>;
export type StackFile = Static<typeof StackFile>;

export const stackFilePath = (home: string): string => join(home, 'stack.json');

/** @throws Error naming the first field that is missing or wrong. */
export function parseStackFile(text: string, where = 'stack.json'): StackFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${where} is not JSON`);
  }
  if (Value.Check(StackFile, value)) return value;
  const first = Value.Errors(StackFile, value).First();
  throw new Error(`${where}: ${first?.path ?? ''} ${first?.message ?? 'is not a stack file'}`);
}

/** @throws Error when the file is missing or not a stack file. */
export async function readStackFile(path: string): Promise<StackFile> {
  return parseStackFile(await readFile(path, 'utf8'), path);
}

export async function writeStackFile(home: string, file: StackFile): Promise<void> {
  await replaceFile(stackFilePath(home), `${JSON.stringify(file, undefined, 2)}\n`);
}
