import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Roster } from '../../src/host/roster.js';

describe('a roster', () => {
  test('holds exactly those who joined and have not left, in whatever order', () => {
    const step = fc.record({ who: fc.nat(9), join: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const people = Array.from({ length: 10 }, () => ({ rosterIndex: -1 }));
        const roster = new Roster<(typeof people)[number]>();
        const present = new Set<(typeof people)[number]>();
        for (const { who, join } of steps) {
          const one = people[who]!;
          if (!join) {
            roster.leave(one);
            present.delete(one);
          } else if (!present.has(one)) {
            roster.join(one);
            present.add(one);
          }
          expect(roster.count).toBe(present.size);
          expect(new Set(roster.all())).toEqual(present);
          for (const each of people) expect(roster.has(each)).toBe(present.has(each));
        }
      }),
    );
  });

  test('of one does not touch a member of another', () => {
    const [one, other] = [{ rosterIndex: -1 }, { rosterIndex: -1 }];
    const [first, second] = [new Roster<typeof one>(), new Roster<typeof one>()];
    first.join(one);
    second.join(other);
    first.leave(other);
    expect([first.has(one), first.has(other), second.has(other)]).toEqual([true, false, true]);
  });

  test('can be walked while its members leave', () => {
    const members = Array.from({ length: 5 }, () => ({ rosterIndex: -1 }));
    const roster = new Roster<(typeof members)[number]>();
    for (const member of members) roster.join(member);
    for (const member of roster.all()) roster.leave(member);
    expect(roster.count).toBe(0);
  });
});
