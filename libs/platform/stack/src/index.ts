export { startPostgres, postgresBinaries, type PostgresOptions, type RunningPostgres } from './postgres.ts';
export {
  goneWithin,
  isAlive,
  ownIdentity,
  processStartTime,
  signalProcess,
  type ProcessIdentity,
} from './process-identity.ts';
export { tryLock, withLock, type FileLock, type LockAttempt } from './file-lock.ts';
export { ProcessRow, RunFile, readRunFile, removeRunFile, runFilePath, updateRunFile } from './run-file.ts';
export {
  AppEntry,
  StackFile,
  parseStackFile,
  readStackFile,
  stackFilePath,
  writeStackFile,
} from './stack-file.ts';
