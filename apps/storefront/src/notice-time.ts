/** Long enough to read it twice. */
export const SHOWN_MS = 6_000;

/**
 * Lets something shown go after a while, but not while somebody holds it: then it stays as long again, and is looked at
 * anew. @returns how to stop
 */
export function goLater(held: () => boolean, go: () => void): () => void {
  const timer = setInterval(() => {
    if (!held()) go();
  }, SHOWN_MS);
  return () => clearInterval(timer);
}
