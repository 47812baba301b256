import { runCommand } from '@atlas/stack';
import { ALL_BENCHES } from './benches.ts';
import { parseBench } from './options.ts';
import { runBenches } from './run-benches.ts';

await runCommand((args, cwd) => parseBench(args, cwd, ALL_BENCHES), runBenches);
