import { useEffect, useEffectEvent, useState } from 'react';

export type Loaded<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly value: T }
  | { readonly state: 'failed'; readonly error: Error };

/** Runs `load` when `key` changes; an answer for an earlier key is dropped. */
export function useLoad<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [loaded, setLoaded] = useState<{ readonly key: string; readonly result: Loaded<T> }>();
  const start = useEffectEvent(load);
  useEffect(() => {
    let current = true;
    const keep = (result: Loaded<T>): void => {
      if (current) setLoaded({ key, result });
    };
    start().then(
      (value) => keep({ state: 'ready', value }),
      (error: unknown) =>
        keep({ state: 'failed', error: error instanceof Error ? error : new Error(String(error)) }),
    );
    return () => {
      current = false;
    };
  }, [key]);
  return loaded?.key === key ? loaded.result : { state: 'loading' };
}
