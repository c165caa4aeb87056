/** What a call throws or rejects with, as the value a test looks at; not throwing fails the test. */
import type { TenantryError } from '../src/errors/errors.js';

export async function caught(run: () => unknown): Promise<TenantryError> {
  try {
    await run();
  } catch (error) {
    return error as TenantryError;
  }
  throw new Error('expected a refusal, but the call succeeded');
}

/** The same for a call that throws at once. */
export function thrownBy(run: () => unknown): TenantryError {
  try {
    run();
  } catch (error) {
    return error as TenantryError;
  }
  throw new Error('expected a refusal, but the call succeeded');
}
