import { expect, it, vi } from 'vitest';

it('ends when it cannot begin, whatever it has opened by then: whoever keeps it running starts it again', async () => {
  vi.stubEnv('ATLAS_HOME', undefined);
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  await import('../src/main.ts');
  await vi.waitFor(() => expect(exit).toHaveBeenCalledWith(1));
  expect(said).toHaveBeenCalledWith(expect.stringMatching(/^brain: .*ATLAS_HOME/s));
});
