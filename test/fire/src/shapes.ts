/** The shapes that the matrix moves between, and every direct way from one to another. Data. */
import type { Target } from '@atlas/e2e';

export const SHAPES = {
  tight: { services: [], bundles: 1 },
  hybrid: { services: ['cart', 'payment'], bundles: 1 },
  loose: { services: ['catalog', 'cart', 'payment', 'shipping'], bundles: 1 },
  tight2: { services: [], bundles: 2 },
} as const satisfies Record<string, { readonly services: readonly string[]; readonly bundles: number }>;

export type Shape = keyof typeof SHAPES;
export const SHAPE_NAMES = Object.keys(SHAPES) as readonly Shape[];

export interface Transition {
  /** `tight→loose` */
  readonly name: string;
  readonly from: Shape;
  readonly to: Shape;
}

export const TRANSITIONS: readonly Transition[] = SHAPE_NAMES.flatMap((from) =>
  SHAPE_NAMES.filter((to) => to !== from).map((to) => ({ name: `${from}→${to}`, from, to })),
);

/** Instances that a shape has, by name. */
export function instancesOf(shape: Shape): readonly string[] {
  const { services, bundles } = SHAPES[shape];
  return [...Array.from({ length: bundles }, (_, i) => `shop-${i}`), ...services.map((name) => `${name}-0`)];
}

/** What is asked of the switcher to get there. */
export function targetOf(shape: Shape): Target {
  const { services, bundles } = SHAPES[shape];
  return {
    placements: Object.fromEntries(services.map((name) => [name, 'service' as const])),
    instances: { bundle: bundles },
  };
}

/** The shape that a layout has; undefined when it is none of ours. */
export function shapeOf(layout: {
  readonly placements: Readonly<Record<string, string>>;
  readonly instances: Readonly<Record<string, number>>;
}): Shape | undefined {
  const outside = Object.keys(layout.placements).filter((name) => layout.placements[name] === 'service');
  return SHAPE_NAMES.find((shape) => {
    const { services, bundles } = SHAPES[shape];
    const same = outside.length === services.length && services.every((name) => outside.includes(name));
    return same && (layout.instances['bundle'] ?? 1) === bundles;
  });
}
