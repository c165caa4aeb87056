import { describe, expect, test } from '@jest/globals';
import { parseSnapshot } from '@tenantry/core/snapshot';
import { onlyTenant } from '../../src/view/tenant-filter.js';
import { unknownTenant } from '../../src/view/unknown-name.js';
import { isolateRow, sampleSnapshot, sessionRow, tenantRow } from '../fixtures/sample-snapshot.js';

const snapshot = sampleSnapshot({
  tenants: [tenantRow(), tenantRow({ tenant: 'globex' }), tenantRow({ tenant: 'quiet' })],
  isolates: [
    isolateRow(),
    isolateRow({ isolate: 'p-1', tenant: 'globex' }),
    isolateRow({ isolate: 'p-2', tenant: 'acme' }),
  ],
  sessions: [
    sessionRow({ session: 's1' }),
    sessionRow({ session: 's2', agent: 'billing' }),
    sessionRow({ session: 's3', tenant: 'globex', isolate: 'p-1' }),
  ],
  sessionsByAgent: { support: 2, billing: 1 },
  sessionsByTenant: { acme: 2, globex: 1 },
});

describe('onlyTenant', () => {
  test("keeps a tenant's rows and the isolates its sessions run in, and the pool's totals", () => {
    const cut = onlyTenant(snapshot, 'acme')!;
    expect(cut.tenants.map(({ tenant }) => tenant)).toEqual(['acme']);
    expect(cut.sessions.map(({ session }) => session)).toEqual(['s1', 's2']);
    expect(cut.isolates.map(({ isolate }) => isolate)).toEqual(['main', 'p-2']);
    expect(cut.sessionsByAgent).toEqual({ support: 1, billing: 1 });
    expect(cut.sessionsByTenant).toEqual({ acme: 2 });
    expect(cut.totals).toEqual(snapshot.totals);
  });

  test('is a snapshot still', () => {
    for (const tenant of ['acme', 'globex', 'quiet']) {
      const cut = onlyTenant(snapshot, tenant);
      expect(parseSnapshot(cut)).toEqual(cut);
    }
  });

  test('of a tenant nobody knows is undefined', () => {
    expect(onlyTenant(snapshot, 'nobody')).toBeUndefined();
  });
});

describe('unknownTenant', () => {
  test('names the tenant that was meant', () => {
    expect(unknownTenant(snapshot, 'acne').message).toBe(
      'pool "voice" has no tenant "acne"; did you mean "acme"?',
    );
  });

  test('names the tenants there are where none is near', () => {
    expect(unknownTenant(snapshot, 'umbrella').message).toBe(
      'pool "voice" has no tenant "umbrella"; it knows acme, globex, quiet',
    );
    expect(unknownTenant(sampleSnapshot({ tenants: [] }), 'x').message).toContain('none yet');
  });

  test('names ten of many', () => {
    const tenants = Array.from({ length: 12 }, (_, at) => tenantRow({ tenant: `t${at}` }));
    expect(unknownTenant(sampleSnapshot({ tenants }), 'x').message).toMatch(/t9 and 2 more$/);
  });
});
