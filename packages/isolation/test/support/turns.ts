/** Resolves when everything that was ready to run has run: no time passes. */
export function turns(count = 1): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => (count > 1 ? resolve(turns(count - 1)) : resolve()));
  });
}
