export {
  HistoryAnswer,
  HostInfo,
  LayoutInfo,
  PlanAnswer,
  Status,
  SwitchView,
  type Mode,
  type Placements,
} from './answers.ts';
