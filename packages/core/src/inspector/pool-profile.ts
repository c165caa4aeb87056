/**
 * What a profile is asked with and what is answered: names, numbers and V8's own document. Taking it
 * is left to `observer/profile.ts`.
 */
import { TenantryError } from '../errors/errors.js';
import { RUNGS, type Rung } from '../vocabulary/rung.js';

export const PROFILE_TYPES = ['cpu', 'heap'] as const;
export type ProfileType = (typeof PROFILE_TYPES)[number];

export const PROFILE_SECONDS = { min: 0.1, max: 60, usual: 5 } as const;

/** How much is to be looked at, wherever that is. */
export interface ProfileRequest {
  readonly type: ProfileType;
  readonly seconds: number;
}

/** What a pool's `profile()` is asked with. */
export interface ProfileOptions {
  /** An isolate's name (`main`, `thread-3`), a session's id or the first 8 of its characters, or a tenant. */
  readonly target: string;
  /** Default `cpu`. */
  readonly type?: ProfileType | undefined;
  /** 0.1 to 60, default 5. */
  readonly seconds?: number | undefined;
}

/** A profile with what it is of. */
export interface PoolProfile {
  /** The pool's. */
  readonly name: string;
  readonly target: {
    readonly isolate: string;
    readonly rung: Rung;
    /** The session that was asked for; null where another kind of target was. */
    readonly session: string | null;
    readonly tenant: string | null;
    /** Sessions in the isolate: all of them are in its profile. */
    readonly sessions: number;
  };
  readonly type: ProfileType;
  /** As asked. */
  readonly seconds: number;
  /** As it came: longer where the thread answered late. */
  readonly sampledMs: number;
  /** A `.cpuprofile` or `.heapprofile` as DevTools opens it. */
  readonly profile: Readonly<Record<string, unknown>>;
}

/** A profile as it travels between processes: one text costs a loop that passes it on nothing. */
export interface WrittenProfile {
  readonly sampledMs: number;
  readonly json: string;
}

/** A profile needs at most this long beyond its seconds to begin and to end. */
export const PROFILE_GRACE_MS = 5_000;
/** Whoever waits for one on another thread or process waits this much longer than that. */
const CARRYING_MS = 2_000;

/** How long whoever asked waits for the answer; `hops` of threads and processes lie between. */
export function profileDeadlineMs({ seconds }: ProfileRequest, hops: number): number {
  return seconds * 1_000 + PROFILE_GRACE_MS + hops * CARRYING_MS;
}

/**
 * A profile out of what came over a socket.
 * @throws TENANTRY_INSPECTOR_REPLY_INVALID
 */
export function parsePoolProfile(value: unknown): PoolProfile {
  const { name, target, type, seconds, sampledMs, profile } = fieldsOf(value);
  const { isolate, rung, session, tenant, sessions } = fieldsOf(target);
  const isRight =
    [name, isolate].every((text) => typeof text === 'string') &&
    [session, tenant].every((text) => text === null || typeof text === 'string') &&
    [seconds, sampledMs, sessions].every((number) => typeof number === 'number') &&
    RUNGS.some((known) => known === rung) &&
    PROFILE_TYPES.some((known) => known === type) &&
    (type === 'cpu' ? Array.isArray(fieldsOf(profile)['nodes']) : 'head' in fieldsOf(profile));
  if (isRight) return value as PoolProfile;
  throw new TenantryError('TENANTRY_INSPECTOR_REPLY_INVALID', 'the reply is no profile');
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
