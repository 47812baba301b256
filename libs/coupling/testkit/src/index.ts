export {
  createTestCoupling,
  TestCoupling,
  type CallOptions,
  type TestCouplingOptions,
  type TestPlacement,
} from './test-coupling.ts';
export { conform, type Answer, type ConformCase, type ConformOptions } from './conform.ts';
export { fakeModule } from './fake-module.ts';
export { FakeListener, FakePeer, type RawFrame } from './fake-peer.ts';
export { memoryConnector, throughJson, type MemoryHosts } from './memory-connector.ts';
export { TEST_TOKEN, TestHost, type TestHostOptions } from './test-host.ts';
export { deepFreeze } from './watched.ts';
