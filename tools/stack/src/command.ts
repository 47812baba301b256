/** What other commands of this repository share with `npm start`: options, exit codes, interruption, machine facts. */
export { MAX_SEED, parsing, UsageError, wholeNumber, type Parsed } from './options.ts';
export { runCommand, type Session } from './session.ts';
export { commitOf, machineFacts } from './machine-facts.ts';
