/** Marks a promise as dealt with: whoever awaits it still gets its failure, but nobody has to. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
