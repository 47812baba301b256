export { drawBench, timesGoal, type BenchRow } from './bars.ts';
export { timelineOf, type Band, type Bucket, type Timeline } from './buckets.ts';
export {
  drawControllers,
  titleOfControllers,
  type ControllerCell,
  type ControllersReport,
} from './controllers.ts';
export { drawTimeline } from './draw.ts';
export { card, drawing, sheet, text } from './style.ts';
