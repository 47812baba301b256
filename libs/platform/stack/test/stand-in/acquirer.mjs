import './lifeline.mjs';
import { createServer } from 'node:http';

const server = createServer((_, answer) => answer.end('bank'));
server.listen(Number(process.env.ATLAS_ACQUIRER_PORT), '127.0.0.1', () =>
  console.log(JSON.stringify({ listening: `http://127.0.0.1:${server.address().port}` })),
);
process.on('SIGTERM', () => process.exit(0));
