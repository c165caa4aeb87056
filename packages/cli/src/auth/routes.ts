/** What there is to ask for, and who may. The table; holding somebody to it is left to `authorize.ts`. */
import type { Role, Scope } from './identity.js';

export const ROUTES = [
  'sessions.open',
  'sessions.connect',
  'sessions.read',
  'jobs.submit',
  'jobs.read',
  'admin.read',
  'admin.act',
  'metrics',
  'health',
  'page',
  'openapi',
] as const;
export type RouteName = (typeof ROUTES)[number];

export interface RouteNeeds {
  readonly scope: Scope;
  readonly role: Role;
}

/** Null: anybody, also without a credential. These show nothing of any tenant. */
export const ROUTE_NEEDS: Readonly<Record<RouteName, RouteNeeds | null>> = {
  'sessions.open': { scope: 'sessions', role: 'tenant' },
  'sessions.connect': { scope: 'sessions', role: 'tenant' },
  'sessions.read': { scope: 'sessions', role: 'tenant' },
  'jobs.submit': { scope: 'jobs', role: 'tenant' },
  'jobs.read': { scope: 'jobs', role: 'tenant' },
  'admin.read': { scope: 'admin', role: 'viewer' },
  'admin.act': { scope: 'admin', role: 'operator' },
  metrics: { scope: 'admin', role: 'viewer' },
  health: null,
  page: null,
  openapi: null,
};

/** What an act on the whole pool takes, where one on a tenant takes an operator. */
export const POOL_WIDE_ROLE: Role = 'admin';
