/** Calls back each time the page is looked at again, also when the browser had put it aside. @returns how to stop that */
export function onShown(
  work: () => void,
  page: Pick<Document, 'hidden' | 'addEventListener' | 'removeEventListener'> = document,
): () => void {
  const look = (): void => {
    if (!page.hidden) work();
  };
  page.addEventListener('visibilitychange', look);
  return () => page.removeEventListener('visibilitychange', look);
}
