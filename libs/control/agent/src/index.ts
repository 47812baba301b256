export { createAgent, type Agent, type AgentStatus } from './agent.ts';
export type { AgentHost, AgentLog, AgentOptions } from './options.ts';
export type { AgentEndpoint, AgentRuntime } from './runtime.ts';
export { ORPHAN_AFTER_MS } from './orphan-watch.ts';
