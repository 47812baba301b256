export {
  EVENTS_PING_MS,
  HistoryAnswer,
  HostInfo,
  LayoutInfo,
  PlanAnswer,
  ProblemAnswer,
  Status,
  SwitchView,
  type Mode,
  type Placements,
} from './answers.ts';
