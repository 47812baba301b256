export {
  goalText,
  meets,
  type Bench,
  type BenchContext,
  type Goal,
  type Measurement,
  type RowSpec,
} from './bench.ts';
export { ALL_BENCHES } from './benches.ts';
