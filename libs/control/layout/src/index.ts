export * from './layout.ts';
export { allPlacements, sameLayout, tightLayout } from './shapes.ts';
export { MOST_INSTANCES, validateLayout, type LayoutProblem } from './validate.ts';
export {
  bucketOf,
  edgeOf,
  LAST_BUCKET,
  type CallCounts,
  type Durations,
  type OperationTally,
  type Strain,
  type Tally,
} from './tally.ts';
export { poolSizes, type PoolSizes } from './pools.ts';
export { allowedEndpoint, type EndpointRole } from './endpoints.ts';
