import { useCallback, useEffect, useEffectEvent, useState } from 'react';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: Error };

/** Runs `load` when `key` changes, and `again`; an answer for an earlier key is dropped. */
export function useLoad<T>(key: string, load: () => Promise<T>): Loaded<T> & { readonly again: () => void } {
  const [turn, setTurn] = useState(0);
  const [loaded, setLoaded] = useState<{ readonly of: string; readonly result: Loaded<T> }>();
  const of = `${turn} ${key}`;
  const start = useEffectEvent(load);
  useEffect(() => {
    let current = true;
    const keep = (result: Loaded<T>): void => {
      if (current) setLoaded({ of, result });
    };
    start().then(
      (value) => keep({ state: 'ready', value }),
      (error: unknown) =>
        keep({ state: 'failed', error: error instanceof Error ? error : new Error(String(error)) }),
    );
    return () => {
      current = false;
    };
  }, [of]);
  const again = useCallback(() => setTurn((n) => n + 1), []);
  return { ...(loaded?.of === of ? loaded.result : { state: 'loading' }), again };
}
