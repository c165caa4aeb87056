import { describe, expect, test } from '@jest/globals';
import { TenantRings } from '../../src/recorder/tenant-rings.js';

const limits = { recordsPerTenant: 3, bytesPerTenant: 1_000, mostTenants: 2, totalBytes: 10_000 };

describe('the rings of tenants', () => {
  test('keep the latest of each, and say how many there were before', () => {
    const rings = new TenantRings(limits);
    for (const line of ['1', '2', '3', '4', '5']) rings.add('acme', line);
    rings.add('globex', 'a');
    expect(rings.of('acme')).toEqual({ lines: ['3', '4', '5'], forgotten: 2 });
    expect(rings.of('globex')).toEqual({ lines: ['a'], forgotten: 0 });
    expect(rings.of('nobody')).toEqual({ lines: [], forgotten: 0 });
  });

  test('forget whoever has been silent for longest', () => {
    const rings = new TenantRings(limits);
    rings.add('acme', '1');
    rings.add('globex', '2');
    rings.add('acme', '3');
    rings.add('initech', '4');
    expect(rings.of('globex').lines).toEqual([]);
    expect(rings.of('acme').lines).toEqual(['1', '3']);
  });

  test('stay within their bytes, of one tenant and of 10,000', () => {
    const rings = new TenantRings();
    const line = 'x'.repeat(1_000);
    for (let at = 0; at < 200; at += 1) rings.add('noisy', line);
    expect(rings.of('noisy').lines.length).toBeLessThan(65);
    for (let at = 0; at < 12_000; at += 1) {
      for (let times = 0; times < 10; times += 1) rings.add(`tenant-${at}`, line);
    }
    expect(rings.tenantCount).toBeLessThanOrEqual(10_000);
    expect(rings.sizeBytes).toBeLessThanOrEqual(33_554_432);
    expect(rings.of('tenant-11999').lines).toHaveLength(10);
  });
});
