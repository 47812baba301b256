export {
  createTestCoupling,
  TestCoupling,
  type CallOptions,
  type TestCouplingOptions,
  type TestPlacement,
} from './test-coupling.ts';
export { fakeModule } from './fake-module.ts';
export { memoryConnector, throughJson, type MemoryHosts } from './memory-connector.ts';
export { deepFreeze } from './watched.ts';
