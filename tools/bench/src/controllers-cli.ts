import { runCommand } from '@atlas/stack';
import { parseControllers } from './controllers/options.ts';
import { runControllers } from './controllers/run.ts';

await runCommand(parseControllers, runControllers);
