/** What starts and watches a real shop, without a test runner: the fire matrix uses it too. */
export { assertEventually, type Patience } from './eventually.ts';
export type { HostInfo, LayoutInfo, Mode, Placements, Status, SwitchView } from '@atlas/control-api';
export { ControlClient, ControlRefusal, type Target } from './control.ts';
export { MODEST_RPS, startLoad, type Load } from './load.ts';
export { hostPids, kill, processesIn, rowOf, rowsOf, type RunProcess } from './processes.ts';
export {
  assertNothingLeft,
  builtFile,
  failuresIn,
  faultFileOf,
  faultsInHostsOf,
  makeHome,
  removeHome,
  startShop,
  type Shop,
  type ShopOptions,
} from './shop.ts';
export { startSupervisor, type Ended, type Started, type StartSpec } from './npm-start.ts';
