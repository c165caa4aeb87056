import { describe, expect, test } from '@jest/globals';
import { authorize } from '../../src/auth/authorize.js';
import type { AccessDecision } from '../../src/auth/decision.js';
import {
  LOCAL,
  ROLES,
  usualScopes,
  type Identity,
  type Role,
  type Scope,
} from '../../src/auth/identity.js';
import { ROUTES, type RouteName } from '../../src/auth/routes.js';
import { refusal } from './thrown.js';

const identity = (
  role: Role,
  tenant: string | null = null,
  scopes: readonly Scope[] = usualScopes(role),
): Identity => ({ kind: 'key', id: 'key:1', role, tenant, scopes: new Set(scopes) });

function may(who: Identity, route: RouteName, tenant?: string | null): boolean {
  try {
    authorize(who, route, tenant);
    return true;
  } catch {
    return false;
  }
}

const OPEN = ['health', 'page', 'openapi'];
const SESSIONS = ['sessions.open', 'sessions.connect', 'sessions.read'];
const JOBS = ['jobs.submit', 'jobs.read'];
const READS = ['admin.read', 'metrics'];

describe('who may what', () => {
  const table: readonly (readonly [Role, readonly string[]])[] = [
    ['tenant', [...SESSIONS, ...JOBS, ...OPEN]],
    ['viewer', [...READS, ...OPEN]],
    ['operator', [...READS, 'admin.act', ...OPEN]],
    ['admin', [...SESSIONS, ...JOBS, ...READS, 'admin.act', ...OPEN]],
  ];
  test.each(table)('a key of role %s with its usual scopes: %j', (role, routes) => {
    const who = identity(role);
    expect(ROUTES.filter((route) => may(who, route)).sort()).toEqual([...routes].sort());
  });

  test('the role alone opens no route without its scope', () => {
    for (const role of ROLES) {
      const who = identity(role, null, []);
      expect(ROUTES.filter((route) => may(who, route))).toEqual(OPEN);
    }
  });

  test('the scope alone opens no admin route without its role', () => {
    const who = identity('tenant', 'acme', ['sessions', 'jobs', 'admin']);
    for (const route of ['admin.read', 'admin.act', 'metrics'] as const)
      expect(may(who, route, 'acme')).toBe(false);
  });

  test('an identity of a tenant reaches nothing of another, nor of all', () => {
    for (const role of ROLES) {
      const who = identity(role, 'acme', ['sessions', 'jobs', 'admin']);
      for (const route of ROUTES.filter((one) => !OPEN.includes(one))) {
        expect(may(who, route, 'globex')).toBe(false);
        expect(may(who, route, null)).toBe(false);
      }
      for (const route of [...SESSIONS, ...JOBS] as RouteName[]) {
        expect(may(who, route, 'acme')).toBe(true);
        expect(may(who, route)).toBe(true);
      }
    }
    const viewer = identity('viewer', 'acme');
    expect(may(viewer, 'admin.read', 'acme')).toBe(true);
    // All tenants' figures are in what it would be shown.
    expect(may(viewer, 'admin.read')).toBe(false);
    expect(may(viewer, 'metrics')).toBe(false);
  });

  test('an act on the whole pool takes an admin', () => {
    expect(may(identity('operator'), 'admin.act', 'acme')).toBe(true);
    expect(may(identity('operator'), 'admin.act', null)).toBe(false);
    expect(may(identity('admin'), 'admin.act', null)).toBe(true);
    expect(may(LOCAL, 'admin.act', null)).toBe(true);
  });

  test('a refusal says what is missing', async () => {
    const needed = async (who: Identity, route: RouteName, tenant?: string | null) => {
      const { code, details } = await refusal(() => authorize(who, route, tenant));
      return [code, details['missing'], details['needed']];
    };
    const code = 'TENANTRY_FORBIDDEN';
    const operator = identity('operator');
    expect(await needed(operator, 'jobs.read')).toEqual([code, 'scope', 'jobs']);
    expect(await needed(identity('viewer'), 'admin.act')).toEqual([code, 'role', 'operator']);
    expect(await needed(operator, 'admin.act', null)).toEqual([code, 'role', 'admin']);
    const acme = identity('tenant', 'acme');
    expect(await needed(acme, 'sessions.open', 'globex')).toEqual([code, 'tenant', 'its own']);
  });

  test('each refusal and each admin act is told, and nothing else', () => {
    const told: AccessDecision[] = [];
    const asks: readonly (readonly [Identity, RouteName, (string | null)?])[] = [
      [identity('operator'), 'admin.act', 'acme'],
      [identity('operator'), 'admin.read'],
      [identity('viewer'), 'admin.act', 'acme'],
      [identity('tenant', 'acme'), 'sessions.open', 'acme'],
      [identity('tenant', 'acme'), 'sessions.open', 'globex'],
    ];
    for (const [who, route, tenant] of asks) {
      try {
        authorize(who, route, tenant, (decision) => told.push(decision));
      } catch {
        // Told as well.
      }
    }
    expect(
      told.map(({ outcome, route, tenant, identity: who, code, reason }) =>
        [outcome, route, tenant, who?.role, code, reason].join(' '),
      ),
    ).toEqual([
      'accepted admin.act acme operator  ',
      'refused admin.act acme viewer TENANTRY_FORBIDDEN role',
      'refused sessions.open globex tenant TENANTRY_FORBIDDEN tenant',
    ]);
  });
});
