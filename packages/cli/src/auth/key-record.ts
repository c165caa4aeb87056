/**
 * What is kept of an API key, and what state it is in. Nothing here is a secret: of the key itself
 * there is a digest. Reading and writing is left to `key-file.ts`.
 *
 *   active ── rotate ──► retiring ── its overlap ends ──► expired
 *     │ ╲                    │
 *     │  expiresAt passes    │ revoke
 *     │    ╲──► expired      ▼
 *     └──── revoke ──────► revoked
 */
import { isTenantId } from '@tenantry/core/internal/host';
import { z } from 'zod';
import { isKeyId } from './api-key.js';
import { ROLES, SCOPES } from './identity.js';

/** More are a directory of users, and that is what tokens of an issuer are for. */
export const MOST_KEYS = 10_000;
export const LONGEST_LABEL = 100;

const Time = z.iso.datetime();
const KeyId = z.string().refine(isKeyId, 'is no key id');

export const KeyRecord = z
  .strictObject({
    id: KeyId,
    /** SHA-256 of the whole key, in hex. */
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    /** The only tenant it may name; null: any. */
    tenant: z.string().refine(isTenantId, 'is no tenant id').nullable(),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(SCOPES)).min(1),
    /** What it is for, in the words of whoever made it. */
    label: z.string().max(LONGEST_LABEL).nullable(),
    createdAt: Time,
    /** From then on it is refused; null: never. */
    expiresAt: Time.nullable(),
    revokedAt: Time.nullable(),
    /** The key that takes its place until `expiresAt`. */
    replacedBy: KeyId.nullable(),
  })
  .refine(({ role, tenant }) => role !== 'tenant' || tenant !== null, 'role tenant needs a tenant');
export type KeyRecord = Readonly<z.output<typeof KeyRecord>>;

/** The file around them. Each record is checked by itself: a file may hold a great many. */
export const KeyFile = z.strictObject({
  schemaVersion: z.literal(1),
  keys: z.array(z.unknown()).max(MOST_KEYS),
});

export type KeyState = 'active' | 'retiring' | 'expired' | 'revoked';

/** What its state follows from. */
type Ends = Pick<KeyRecord, 'revokedAt' | 'expiresAt' | 'replacedBy'>;

/** At this time of the wall clock. */
export function keyState(record: Ends, epochMs: number): KeyState {
  const { revokedAt, expiresAt, replacedBy } = record;
  if (revokedAt !== null) return 'revoked';
  if (expiresAt !== null && Date.parse(expiresAt) <= epochMs) return 'expired';
  return replacedBy === null ? 'active' : 'retiring';
}

/** When it stopped being accepted; null while it is. */
export function endedAtMs(record: KeyRecord, epochMs: number): number | null {
  const state = keyState(record, epochMs);
  if (state === 'revoked') return Date.parse(record.revokedAt!);
  return state === 'expired' ? Date.parse(record.expiresAt!) : null;
}
