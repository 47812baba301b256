import { BUNDLE, type Layout } from './layout.ts';

/** Bundles, and instances of one service, that brain and advisors may ask for at most; an operator may ask for more. */
export const MOST_INSTANCES = 4;

/** What is wrong with a layout, and where: `placements.cart`, `instances.bundle`. */
export interface LayoutProblem {
  readonly field: string;
  readonly message: string;
}

/** Every problem of a layout for a shop of these modules; none: an advisor may propose it. */
export function validateLayout(layout: Layout, modules: readonly string[]): readonly LayoutProblem[] {
  return [
    ...placementProblems(layout, modules),
    ...instanceProblems(layout),
    ...canaryProblems(layout),
    ...(Number.isSafeInteger(layout.configVersion) && layout.configVersion >= 1
      ? []
      : [{ field: 'configVersion', message: 'must be a whole number from 1' }]),
  ];
}

function placementProblems({ placements }: Layout, modules: readonly string[]): LayoutProblem[] {
  const unknown = Object.keys(placements).filter((module) => !modules.includes(module));
  const missing = modules.filter((module) => !Object.hasOwn(placements, module));
  const wrong = Object.keys(placements).filter(
    (module) => placements[module] !== 'bundle' && placements[module] !== 'service',
  );
  return [
    ...unknown.map((module) => unknownModule('placements', module, modules)),
    ...missing.map((module) => ({ field: `placements.${module}`, message: 'is missing' })),
    ...wrong.map((module) => ({ field: `placements.${module}`, message: 'must be "bundle" or "service"' })),
  ];
}

const unknownModule = (where: string, module: string, modules: readonly string[]): LayoutProblem => ({
  field: `${where}.${module}`,
  message: `there is no module "${module}"; modules are ${modules.join(', ')}`,
});

function instanceProblems({ placements, instances }: Layout): LayoutProblem[] {
  const hosts = [BUNDLE, ...Object.keys(placements).filter((module) => placements[module] === 'service')];
  const miscounted = hosts.filter(
    (host) => !isCount(Object.hasOwn(instances, host) ? instances[host] : undefined),
  );
  const idle = Object.keys(instances).filter((host) => !hosts.includes(host));
  return [
    ...miscounted.map((host) => ({
      field: `instances.${host}`,
      message: `must be a whole number from 1 to ${MOST_INSTANCES}`,
    })),
    ...idle.map((host) => ({
      field: `instances.${host}`,
      message: `"${host}" is not placed as a service, so it has no instances of its own`,
    })),
  ];
}

const isCount = (count: unknown): boolean =>
  typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= MOST_INSTANCES;

function canaryProblems({ placements, canary }: Layout): LayoutProblem[] {
  const bad = Object.entries(canary).filter(
    ([module, share]) => placements[module] !== 'service' || !(share > 0 && share <= 1),
  );
  return bad.map(([module]) => ({
    field: `canary.${module}`,
    message: 'must be a share above 0 and at most 1 of a module that is placed as a service',
  }));
}
