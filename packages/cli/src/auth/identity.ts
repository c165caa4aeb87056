/**
 * Who asks, once it is known: what a credential stands for. How it is found out is left to
 * `authenticator.ts`, what it may do to `authorize.ts`.
 */

/** `tenant`: only its own sessions and jobs. The others look at and steer a pool, each more than the last. */
export const ROLES = ['tenant', 'viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What kind of routes a credential opens at all. */
export const SCOPES = ['sessions', 'jobs', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface Identity {
  readonly kind: 'key' | 'jwt' | 'local';
  /** `key:<id>`, `jwt:<subject>` or `local`; one caller to the limits. Safe to log. */
  readonly id: string;
  /** The only tenant it may name; null: any. */
  readonly tenant: string | null;
  readonly role: Role;
  readonly scopes: ReadonlySet<Scope>;
}

/** Whoever reaches a service on loopback that has no authentication. */
export const LOCAL: Identity = {
  kind: 'local',
  id: 'local',
  tenant: null,
  role: 'admin',
  scopes: new Set(SCOPES),
};

const USUAL_SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  tenant: ['sessions', 'jobs'],
  viewer: ['admin'],
  operator: ['admin'],
  admin: SCOPES,
};

/** The scopes of a role where none are named. */
export function usualScopes(role: Role): readonly Scope[] {
  return USUAL_SCOPES[role];
}

export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
