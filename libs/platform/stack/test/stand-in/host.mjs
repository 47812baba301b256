/** A bundle: answers on the inherited socket. */
import './lifeline.mjs';
import { createServer } from 'node:http';

createServer((_, answer) => answer.end(process.env.ATLAS_INSTANCE)).listen({ fd: 4 });
