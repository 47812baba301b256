/** Where the view goes: a block that redraws on a terminal, plain lines elsewhere. */
import { styleText } from 'node:util';
import logUpdate from 'log-update';
import { plainLine, render, type Paint, type Tone, type View } from './view.ts';

export interface Screen {
  /** Shows the newest view. */
  show(view: View): void;
  /** A line that stays. */
  say(line: string): void;
  /** Ends the block; what it shows stays. */
  close(): void;
}

const COLOURS: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  quiet: 'dim',
  strong: 'bold',
  good: 'green',
  bad: ['red', 'bold'],
  busy: ['yellow', 'bold'],
};

/** Colours where they are wanted: `NO_COLOR` and terminals without them are honoured. */
export const painter =
  (out: NodeJS.WriteStream): Paint =>
  (tone, text) =>
    styleText(COLOURS[tone], text, { stream: out });

/** Plain lines come no more often than this. */
const PLAIN_EVERY_MS = 5_000;

/** A terminal that tells no size (`docker exec -t`, a serial line) has no room for a block. */
export function openScreen(out: NodeJS.WriteStream): Screen {
  const redraws = out.isTTY === true && process.env['TERM'] !== 'dumb' && out.columns > 0 && out.rows > 0;
  return redraws ? block(out) : plain(out);
}

function block(out: NodeJS.WriteStream): Screen {
  let last: View | undefined;
  const paint = painter(out);
  return {
    show: (view) => {
      last = view;
      logUpdate(render(view, out.columns, paint));
    },
    say: (line) => {
      logUpdate.clear();
      out.write(`${line}\n`);
      if (last) logUpdate(render(last, out.columns, paint));
    },
    close: () => {
      if (last) logUpdate.done();
      last = undefined;
    },
  };
}

/** `clock` in ms. */
export function plain(out: Pick<NodeJS.WriteStream, 'write'>, clock = () => performance.now()): Screen {
  let next = 0;
  let last = '';
  return {
    show: (view) => {
      const line = plainLine(view);
      if (line === last || clock() < next) return;
      last = line;
      next = clock() + PLAIN_EVERY_MS;
      out.write(`${line}\n`);
    },
    say: (line) => void out.write(`${line}\n`),
    close: () => undefined,
  };
}
