/** What a call throws or rejects with; not throwing fails the test. */
import type { TenantryError } from '@tenantry/core/internal';

export async function caught(run: () => unknown): Promise<TenantryError> {
  try {
    await run();
  } catch (error) {
    return error as TenantryError;
  }
  throw new Error('expected a refusal, but the call succeeded');
}
