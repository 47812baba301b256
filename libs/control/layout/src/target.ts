import { BUNDLE, modeOf, type Layout, type Mode, type Placement } from './layout.ts';
import { unknownModule, validateLayout, type LayoutProblem } from './validate.ts';

/** What a target is read against. */
export interface TargetContext {
  /** Every module of the shop. */
  readonly modules: readonly string[];
  /** What `hybrid` alone extracts. */
  readonly hybrid: readonly string[];
  /** Version of the runtime configuration in force; 1 by default. */
  readonly configVersion?: number;
}

/** A layout, or everything that is wrong with the target; `message` is one line for a person. */
export type ParsedTarget =
  | { readonly ok: true; readonly layout: Layout }
  | { readonly ok: false; readonly message: string; readonly problems: readonly LayoutProblem[] };

const MODES: readonly unknown[] = ['tight', 'hybrid', 'loose'] satisfies Mode[];
const KEYS = ['mode', 'extract', 'placements', 'instances'];

/**
 * Reads the target of a switch: `{ mode, extract?, instances? }` (`extract` with `hybrid` only) or
 * `{ placements, instances? }`. Modules not named in `placements` stay in the bundle; instances are 1 by default.
 */
export function parseTarget(target: unknown, context: TargetContext): ParsedTarget {
  if (!isRecord(target)) return refused([{ field: 'target', message: 'must be an object' }]);
  const strange = Object.keys(target).filter((key) => !KEYS.includes(key));
  if (strange.length > 0)
    return refused(strange.map((field) => ({ field, message: `is unknown; expected ${KEYS.join(', ')}` })));
  const placed = placementsOf(target, context);
  if ('problems' in placed) return refused(placed.problems);
  const counted = instancesOf(target['instances'], placed.placements, context);
  if ('problems' in counted) return refused(counted.problems);
  const layout: Layout = {
    placements: placed.placements,
    instances: counted.instances,
    canary: {},
    configVersion: context.configVersion ?? 1,
  };
  const problems = validateLayout(layout, context.modules);
  return problems.length === 0 ? { ok: true, layout } : refused(problems);
}

const refused = (problems: readonly LayoutProblem[]): ParsedTarget => ({
  ok: false,
  message: problems.map(({ field, message }) => `${field}: ${message}`).join('; '),
  problems,
});

interface Problems {
  readonly problems: readonly LayoutProblem[];
}

const problem = (field: string, message: string): Problems => ({ problems: [{ field, message }] });

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Placed = { readonly placements: Readonly<Record<string, Placement>> } | Problems;

function placementsOf(target: Readonly<Record<string, unknown>>, context: TargetContext): Placed {
  const { mode, extract, placements } = target;
  if (mode !== undefined && placements !== undefined)
    return problem('placements', 'cannot be given together with a mode');
  if (placements !== undefined) {
    if (extract !== undefined) return problem('extract', 'goes with mode "hybrid" only');
    return namedPlacements(placements, context);
  }
  if (!MODES.includes(mode))
    return problem('mode', 'must be "tight", "hybrid" or "loose", or give placements');
  if (extract !== undefined && mode !== 'hybrid') return problem('extract', 'goes with mode "hybrid" only');
  if (mode === 'hybrid') return extracted(extract ?? context.hybrid, context);
  return { placements: placedAs(context.modules, mode === 'loose' ? context.modules : []) };
}

const placedAs = (
  modules: readonly string[],
  services: readonly string[],
): Readonly<Record<string, Placement>> =>
  Object.fromEntries(
    modules.map((module) => [module, services.includes(module) ? 'service' : 'bundle'] as const),
  );

function extracted(extract: unknown, { modules }: TargetContext): Placed {
  if (!Array.isArray(extract) || !extract.every((module) => typeof module === 'string'))
    return problem('extract', 'must be a list of module names');
  const unknown = extract.filter((module) => !modules.includes(module));
  if (unknown.length > 0)
    return { problems: unknown.map((module) => unknownModule('extract', module, modules)) };
  const placements = placedAs(modules, extract);
  const mode = modeOf({ placements, instances: {}, canary: {}, configVersion: 1 });
  if (mode !== 'hybrid')
    return problem('extract', `must name some, but not all, of ${modules.join(', ')}; this would be ${mode}`);
  return { placements };
}

function namedPlacements(placements: unknown, { modules }: TargetContext): Placed {
  if (!isRecord(placements))
    return problem('placements', 'must be an object: module to "bundle" or "service"');
  const problems = Object.entries(placements).flatMap(([module, placement]): LayoutProblem[] => {
    if (!modules.includes(module)) return [unknownModule('placements', module, modules)];
    if (placement === 'bundle' || placement === 'service') return [];
    return [{ field: `placements.${module}`, message: 'must be "bundle" or "service"' }];
  });
  if (problems.length > 0) return { problems };
  return {
    placements: placedAs(
      modules,
      modules.filter((module) => placements[module] === 'service'),
    ),
  };
}

function instancesOf(
  given: unknown,
  placements: Readonly<Record<string, Placement>>,
  { modules }: TargetContext,
): { readonly instances: Readonly<Record<string, number>> } | Problems {
  if (given !== undefined && !isRecord(given))
    return problem('instances', 'must be an object: host to number');
  const counts = Object.entries(given ?? {});
  const problems = counts.flatMap(([host, count]): LayoutProblem[] => {
    if (host !== BUNDLE && !modules.includes(host)) return [unknownModule('instances', host, modules)];
    return typeof count === 'number' ? [] : [{ field: `instances.${host}`, message: 'must be a number' }];
  });
  if (problems.length > 0) return { problems };
  const hosts = [BUNDLE, ...modules.filter((module) => placements[module] === 'service')];
  const once = hosts.map((host) => [host, 1] as const);
  return { instances: Object.fromEntries([...once, ...counts]) as Record<string, number> };
}
