import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Admission } from '../../src/admission/admission.js';
import type { SessionPermit } from '../../src/admission/session-permit.js';
import type { Tenant } from '../../src/tenant/tenant.js';
import { thrownBy } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { tenantsWith } from './tenants.js';

function admissionOf(
  pool: number,
  agent: number,
  tenant: number,
): { admission: Admission; acme: Tenant } {
  const clock = new ManualClock();
  const acme = tenantsWith({ tenants: { acme: { maxSessions: tenant } } }, clock).get('acme');
  const caps = { maxConcurrentSessions: pool, maxSessionsPerAgent: { slow: agent } };
  return { admission: new Admission(caps, clock), acme };
}

function taken(admission: Admission, tenant: Tenant, agent = 'echo'): SessionPermit | undefined {
  try {
    return admission.admit(tenant, agent) as SessionPermit;
  } catch {
    return undefined;
  }
}

describe('a permit', () => {
  test('is given to exactly 7 of 1,000 against a cap of 7', () => {
    const { admission, acme } = admissionOf(100, 100, 7);
    const permits = Array.from({ length: 1_000 }, () => taken(admission, acme));
    expect(permits.filter((permit) => permit !== undefined)).toHaveLength(7);
    expect([acme.cap.heldCount, acme.books.refusals]).toEqual([7, { 'tenant-cap': 993 }]);
  });

  test('is given back once however often it is released or ended', () => {
    const { admission, acme } = admissionOf(2, 2, 2);
    const [first] = [taken(admission, acme)!, taken(admission, acme)!];
    first.release();
    first.end('failed');
    first.release();
    expect([acme.cap.heldCount, admission.activeCount]).toEqual([1, 1]);
    expect(taken(admission, acme)).toBeDefined();
    expect(thrownBy(() => admission.admit(acme, 'echo')).code).toBe('TENANTRY_TENANT_CAP');
  });

  test('never overshoots and never leaks, in whatever order permits come and go', () => {
    const step = fc.record({ take: fc.boolean(), slow: fc.boolean(), release: fc.nat() });
    fc.assert(
      fc.property(fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)), fc.array(step), (limits, steps) => {
        const [pool, agent, tenant] = [limits[0] + 1, limits[1], limits[2]];
        const { admission, acme } = admissionOf(pool, agent, tenant);
        const held: { readonly permit: SessionPermit; readonly slow: boolean }[] = [];
        for (const { take, slow, release } of steps) {
          if (take) {
            const permit = taken(admission, acme, slow ? 'slow' : 'echo');
            const slowHeld = held.filter((one) => one.slow).length;
            const hasRoom = held.length < Math.min(pool, tenant) && (!slow || slowHeld < agent);
            expect(permit !== undefined).toBe(hasRoom);
            if (permit !== undefined) held.push({ permit, slow });
          } else held.splice(release % (held.length + 1), 1)[0]?.permit.release();
          expect([acme.cap.heldCount, admission.activeCount]).toEqual([held.length, held.length]);
        }
        for (const { permit } of held) permit.release();
        expect([acme.cap.heldCount, admission.activeCount]).toEqual([0, 0]);
      }),
    );
  });
});
