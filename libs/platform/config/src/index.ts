export { ConfigError, defineConfig, loadConfig } from './load-config.ts';
export type {
  ChoiceSetting,
  ConfigOf,
  ConfigSpec,
  IntegerSetting,
  PortSetting,
  Setting,
  TextSetting,
  UrlSetting,
  ValueOf,
} from './setting.ts';
export {
  ACQUIRER_SETTINGS,
  BUNDLE_SETTINGS,
  HOST_SETTINGS,
  PROCESS_SETTINGS,
  databaseKey,
  databaseSettings,
  type HostConfig,
} from './host.config.ts';
export { calledFrom, pathFromHere } from './called-from.ts';
export { LEAST_OPEN_FILES, openFileLimit, shareDescriptors, type DescriptorShares } from './descriptors.ts';
