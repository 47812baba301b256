/** A supervisor in a process of its own, to be killed: `supervisor.ts HOME ROOT PORT`. Tells its stack or its failure. */
import { startStack } from '../../src/stack.ts';

const [home = '', root = '', port = '0'] = process.argv.slice(2);
try {
  const stack = await startStack({ home, root, port: Number(port), audit: true });
  process.send?.({ edgeUrl: stack.edgeUrl });
  process.on('SIGTERM', () => void stack.stop().then(() => process.exit(0)));
} catch (error) {
  process.send?.({ failure: String(error) });
  process.disconnect?.();
}
