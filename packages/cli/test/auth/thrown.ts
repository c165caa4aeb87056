/** What is thrown, as something to look at; a test that expects it fails where nothing is. */
import { isTenantryError, type TenantryError } from '@tenantry/core';

export async function refusal(work: () => unknown): Promise<TenantryError> {
  try {
    await work();
  } catch (error) {
    if (isTenantryError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
