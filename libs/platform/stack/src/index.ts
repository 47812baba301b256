export { startPostgres, type PostgresOptions, type RunningPostgres } from './postgres.ts';
export {
  goneWithin,
  isAlive,
  ownIdentity,
  processStartTime,
  signalProcess,
  type ProcessIdentity,
} from './process-identity.ts';
export { tryLock, withLock, type FileLock, type LockAttempt } from './file-lock.ts';
export {
  ProcessRow,
  RunFile,
  controlUrlOf,
  readRunFile,
  removeRunFile,
  runFilePath,
  strikeRow,
  updateRunFile,
} from './run-file.ts';
export {
  AppEntry,
  StackFile,
  parseStackFile,
  readStackFile,
  stackFilePath,
  writeStackFile,
} from './stack-file.ts';
export { startStack, type Stack, type StackOptions } from './stack.ts';
export { startExternalStack, type ExternalStack, type ExternalStackOptions } from './external-stack.ts';
export { resetStack } from './reset.ts';
export { keepControlPort, ownRow, publishRow, switcherEnvironment } from './supervise.ts';
export { StackError } from './stack-error.ts';
export { edgeReady } from './readiness.ts';
export { endProcesses } from './leftovers.ts';
export { startApp, appEnvironment, lastLines, type AppProcess, type AppSpec } from './app-process.ts';
export { checkManifest, readManifest, repositoryRoot, Manifest } from './manifest.ts';
export { loadSecrets, secretsPath, type Secrets } from './secrets.ts';
export { EndNote, leaveEndNote, readEndNote } from './end-note.ts';
export { BOOST_CPU_MS, BOOST_MS, findCpuGroups, type CpuGroups } from './cpu-groups.ts';
export { parseStat, type ProcStat } from './proc-stat.ts';
export { freePort } from './free-port.ts';
export { openEdgeSocket, type EdgeSocket } from './edge-socket.ts';
export { watchLifeline } from './lifeline.ts';
export { BRAIN_INPUTS } from './wiring.ts';
