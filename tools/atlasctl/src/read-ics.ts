import { createReadStream } from 'node:fs';
import { CommandError, EXIT } from './exit-codes.ts';
import { IcsError, MOST_BYTES, salesOfIcs, type IcsOptions, type IcsSale } from './sales-of-ics.ts';

/** A byte more than is allowed, so that a file of any length is found too long; a pipe gives it piece by piece. */
async function textOf(file: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream(file, { end: MOST_BYTES })) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

/** @throws CommandError in one line that names the file */
export async function readIcs(file: string, options: IcsOptions): Promise<IcsSale[]> {
  const text = await textOf(file).catch((error: unknown) => {
    throw new CommandError(`${file} cannot be read: ${(error as Error).message}`, EXIT.usage);
  });
  try {
    return salesOfIcs(text, options);
  } catch (error) {
    if (error instanceof IcsError) throw new CommandError(`${file}: ${error.message}`, EXIT.usage);
    throw error;
  }
}
