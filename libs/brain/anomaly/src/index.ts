export type { AnomalyDetector, Features, Score, Signal } from './detector.ts';
export { Residuals } from './residuals.ts';
