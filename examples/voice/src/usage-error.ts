/** A mistake of whoever started the program: told in one sentence, without a stack, as exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A received value as a message shows it: quoted, on one line, cut short. */
export function received(value: string): string {
  return JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}…` : value);
}
