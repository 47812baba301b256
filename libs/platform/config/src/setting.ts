/** What one environment variable may hold. Data, so that `doctor` and the docs can list it. */
interface Described {
  /** What it is for, in a few words: shown when it is missing. */
  readonly describe: string;
  /** Its value never appears in a message. */
  readonly secret?: boolean;
  /** May be absent without a default; the loaded value is then undefined. */
  readonly optional?: boolean;
}

export interface TextSetting extends Described {
  readonly type: 'text';
  readonly default?: string;
  /** The whole value must match. */
  readonly pattern?: RegExp;
}
export interface IntegerSetting extends Described {
  readonly type: 'integer';
  readonly default?: number;
  readonly min: number;
  readonly max: number;
}
/** A TCP port, 0 (any free one) to 65535. */
export interface PortSetting extends Described {
  readonly type: 'port';
  readonly default?: number;
}
export interface ChoiceSetting<C extends string = string> extends Described {
  readonly type: 'choice';
  readonly of: readonly C[];
  readonly default?: C;
}
/** An absolute URL without trailing slash, of one of `protocols` (`http:`, `postgres:` …). */
export interface UrlSetting extends Described {
  readonly type: 'url';
  readonly protocols: readonly string[];
  readonly default?: string;
}

export type Setting = TextSetting | IntegerSetting | PortSetting | ChoiceSetting | UrlSetting;
export type ConfigSpec = Readonly<Record<`ATLAS_${string}`, Setting>>;

type Held<S extends Setting> = S extends { type: 'integer' | 'port' }
  ? number
  : S extends { type: 'choice'; of: readonly (infer C)[] }
    ? C
    : string;

/** The loaded value of a setting: undefined is possible only when it is optional. */
export type ValueOf<S extends Setting> = S extends { optional: true } ? Held<S> | undefined : Held<S>;
export type ConfigOf<Spec extends ConfigSpec> = {
  readonly [K in keyof Spec]: Spec[K] extends Setting ? ValueOf<Spec[K]> : never;
};

/** A value, or what is wrong with it (a phrase that follows the key's name). */
export type Parsed = { readonly value: string | number } | { readonly problem: string };

function parseInteger(text: string, min: number, max: number, noun: string): Parsed {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? { value } : { problem: `is not ${noun} from ${min} to ${max}` };
}

function parseUrl(text: string, protocols: readonly string[]): Parsed {
  const fits = URL.canParse(text) && protocols.includes(new URL(text).protocol);
  return fits && !text.endsWith('/')
    ? { value: text }
    : {
        problem: `is not a URL of the form ${protocols.map((p) => `${p}//…`).join(' or ')} without trailing slash`,
      };
}

/** Reads one variable's text, which is not empty. */
export function parseSetting(setting: Setting, text: string): Parsed {
  switch (setting.type) {
    case 'text':
      return setting.pattern === undefined || setting.pattern.test(text)
        ? { value: text }
        : { problem: `does not match ${setting.pattern}` };
    case 'integer':
      return parseInteger(text, setting.min, setting.max, 'an integer');
    case 'port':
      return parseInteger(text, 0, 65_535, 'a port');
    case 'choice':
      return setting.of.includes(text) ? { value: text } : { problem: `is none of ${setting.of.join(', ')}` };
    case 'url':
      return parseUrl(text, setting.protocols);
  }
}
