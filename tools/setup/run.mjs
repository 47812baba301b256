/**
 * The entry of every npm script: `node tools/setup/run.mjs start|test|check|build|soak|format [args]`.
 * Brings what is missing (Node 24, dependencies, a build of the present sources), then runs the task on Node 24.
 * Needs nothing but a Node from 20.19 on; without network it works as soon as everything is there.
 * Node 12, which systems still bring, reads this file, too, to be told so: no word of a newer language stands in it.
 */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`atlas: Node ${process.versions.node} is too old; 20.19 or newer is needed`);
  process.exit(1);
}
if (process.platform === 'win32') {
  console.error(
    'atlas: Windows runs this through WSL: open a WSL terminal, clone there, and run the same command',
  );
  process.exit(1);
}

/** As Node says of itself where `await` stands outside of functions: a task that stops half-way has not gone well. */
let ended = false;
process.once('exit', () => {
  if (!ended && process.exitCode === undefined) process.exitCode = 13;
});

async function main() {
  const { runTask } = await import('./tasks.mjs');
  const { SetupError, say } = await import('./say.mjs');
  try {
    await runTask(process.argv[2], process.argv.slice(3));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
  ended = true;
}

void main();
