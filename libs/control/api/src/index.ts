export {
  EVENTS_PING_MS,
  HistoryAnswer,
  HostInfo,
  LayoutInfo,
  PlanAnswer,
  Status,
  SwitchView,
  type Mode,
  type Placements,
} from './answers.ts';
