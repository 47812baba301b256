export type { Band } from './conformal-band.ts';
export type { Expert } from './expert.ts';
export { EXPERTS, persistence, shape } from './experts/index.ts';
export { Forecaster, HORIZONS_MIN, type Forecast, type HorizonMin } from './forecaster.ts';
export { MinuteHistory } from './minute-history.ts';
export { saleFactor, type Sale } from './sale-calendar.ts';
