type Question = { readonly id: number; readonly question: string; readonly input: unknown };
type Handlers = Readonly<Record<string, (input: never) => unknown>>;

/** User and system time of this process so far, in µs: any party tells it. */
function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The party's side: answers by name, until whoever asks has gone. */
export function serveParty(handlers: Handlers): void {
  process.on('message', ({ id, question, input }: Question) => {
    const answer = async (): Promise<unknown> => {
      const handler = question === 'cpuUs' ? cpuUs : handlers[question];
      if (handler === undefined) throw new Error(`no answer to "${question}"`);
      return handler(input as never);
    };
    answer().then(
      (result) => process.send?.({ id, result }),
      (error: unknown) =>
        process.send?.({
          id,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
