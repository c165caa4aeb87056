/** How a running pool tells of its settings: what was asked for, what holds, and why they differ. */
import { z } from 'zod';
import { TenantryError } from '../errors/errors.js';

/**
 * `applied`: it holds as asked. `requested`: not yet, or not before a restart. `degraded`: something
 * weaker holds. `failed`: nothing of it holds.
 */
export const SETTING_STATES = ['requested', 'applied', 'degraded', 'failed'] as const;
export type SettingState = (typeof SETTING_STATES)[number];

export const SettingRow = z.object({
  /** Path in the options, such as `tenants.acme.maxSessions`. */
  setting: z.string(),
  /** As it would be printed; what may be secret is only said to be set. */
  requested: z.string(),
  applied: z.string(),
  state: z.enum(SETTING_STATES),
  /** Null where it is applied as asked. */
  why: z.string().nullable(),
  /** `code`, `default`, `live` where it was set in the running pool, or where a program took it from. */
  origin: z.string(),
});
export type SettingRow = Readonly<z.output<typeof SettingRow>>;

/** @throws TENANTRY_INSPECTOR_REPLY_INVALID */
export function parseSettings(reply: unknown): SettingRow[] {
  const parsed = z.array(SettingRow).safeParse(reply);
  if (parsed.success) return parsed.data;
  throw new TenantryError(
    'TENANTRY_INSPECTOR_REPLY_INVALID',
    `the reply is no list of settings: ${z.prettifyError(parsed.error)}`,
  );
}
