import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OTHER_TENANTS, TopTenants, type Candidate } from '../../src/exposition/top-tenants.js';

const QUIET_MS = 15 * 60_000;

const tenant = (name: string, active: number, more: Partial<Candidate> = {}): Candidate => ({
  tenant: name,
  active,
  activity: active,
  needsAttention: false,
  ...more,
});

describe('who has series of their own', () => {
  test('is who has the most sessions, and stays when others have more', () => {
    const top = new TopTenants(2);
    expect(top.choose([tenant('a', 1), tenant('b', 5), tenant('c', 3)], 0)).toEqual(['b', 'c']);
    expect(top.choose([tenant('a', 90), tenant('b', 5), tenant('c', 3)], 1)).toEqual(['b', 'c']);
  });

  test('gives its place up after it has been quiet, and only where it is wanted', () => {
    const top = new TopTenants(1);
    top.choose([tenant('a', 1)], 0);
    const quiet = tenant('a', 0, { activity: 1 });
    expect(top.choose([quiet], QUIET_MS * 9)).toEqual(['a']);
    expect(top.choose([quiet, tenant('b', 0, { activity: 4 })], QUIET_MS * 9)).toEqual(['a']);
    expect(top.choose([quiet, tenant('b', 1)], QUIET_MS * 9)).toEqual(['b']);
  });

  test('is also who is confined, in the place of the smallest who is not', () => {
    const top = new TopTenants(2);
    top.choose([tenant('a', 5), tenant('b', 3)], 0);
    const bad = tenant('bad', 0, { needsAttention: true });
    expect(top.choose([tenant('a', 5), tenant('b', 3), bad], 1).toSorted()).toEqual(['a', 'bad']);
    const worse = [tenant('a', 5), bad, ...['x', 'y'].map((name) => ({ ...bad, tenant: name }))];
    expect(top.choose(worse, 2).toSorted()).toEqual(['bad', 'x']);
  });

  test('is never a tenant by the name of the shared row', () => {
    expect(new TopTenants(2).choose([tenant(OTHER_TENANTS, 5)], 0)).toEqual([]);
  });

  test('is nobody where none is allowed', () => {
    const top = new TopTenants(0);
    expect(top.choose([tenant('a', 5, { needsAttention: true })], 0)).toEqual([]);
    expect(top.other({ started: 5 })).toEqual({ started: 5 });
  });
});

interface Step {
  readonly waitMs: number;
  readonly grow: readonly number[];
  readonly attention: readonly boolean[];
  readonly forget: number;
}

const TENANTS = ['a', 'b', 'c', 'd', 'e', 'f'];
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    waitMs: fc.constantFrom(1_000, QUIET_MS),
    grow: fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }),
    attention: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
    forget: fc.nat(20),
  }),
  { maxLength: 30 },
);

test('no series ever goes back, and nothing that is counted is lost or shown twice', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 3 }), (run, maxCount) => {
      const top = new TopTenants(maxCount);
      const counts = new Map(TENANTS.map((name) => [name, 0]));
      const shown = new Map<string, number>();
      let [nowMs, total] = [0, 0];
      for (const { waitMs, grow, attention, forget } of run) {
        nowMs += waitMs;
        // A tenant that is forgotten begins again at 0; the pool's own sum keeps what it had.
        if (forget < TENANTS.length) counts.set(TENANTS[forget]!, 0);
        TENANTS.forEach((name, at) => counts.set(name, counts.get(name)! + grow[at]!));
        total += grow.reduce((sum, by) => sum + by, 0);
        const all = TENANTS.map((name, at) => ({
          tenant: name,
          active: grow[at]!,
          activity: counts.get(name)!,
          needsAttention: attention[at]!,
        }));
        const members = top.choose(all, nowMs);
        expect(members.length).toBeLessThanOrEqual(maxCount);
        const rows = members.map(
          (name) => [name, top.shown(name, { n: counts.get(name)! })['n']!] as const,
        );
        for (const [name, value] of [...rows, ['other', top.other({ n: total })['n']!] as const]) {
          expect(value).toBeGreaterThanOrEqual(shown.get(name) ?? 0);
          shown.set(name, value);
        }
        // What those who left have shown is not shown again: all that was ever shown is the total.
        expect([...shown.values()].reduce((sum, value) => sum + value, 0)).toBe(total);
      }
    }),
    { numRuns: 500 },
  );
});
