import { expect, test } from '@jest/globals';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { Offence, canBeSystemic, isMemory, pointsOf } from '../../src/escalation/offence.js';
import { offenceOf } from './test-escalation.js';

const { weights } = EscalationOptions.parse({});

test.each([
  ['a block of 60 ms', offenceOf('block', { durationMs: 60 }), 0.6],
  ['a block of 200 ms', offenceOf('block', { durationMs: 200 }), 2],
  ['a block of a minute', offenceOf('block', { durationMs: 60_000 }), 3],
  ['a block of a thread', offenceOf('block', { durationMs: 5_000, rung: 'thread' }), 0],
  ['a block of a child', offenceOf('block', { durationMs: 5_000, rung: 'process' }), 0],
  ['a breaker that opens', offenceOf('breaker-trip'), 3],
  ['a crash', offenceOf('crash'), 2],
  ['an end for memory', offenceOf('out-of-memory'), 5],
  ['an end by force', offenceOf('hard-kill'), 3],
  ['two seconds of CPU', offenceOf('cpu-hog', { seconds: 2 }), 3],
  ['two seconds of growth', offenceOf('allocation-hog', { seconds: 2 }), 4],
])('%s is worth its points', (_what, offence, points) => {
  expect(pointsOf(offence, weights)).toBe(points);
});

test('only what is about memory sends past the thread', () => {
  const kinds = ['block', 'breaker-trip', 'crash', 'hard-kill', 'cpu-hog'] as const;
  expect(kinds.filter((kind) => isMemory(offenceOf(kind)))).toEqual([]);
  expect(isMemory(offenceOf('out-of-memory')) && isMemory(offenceOf('allocation-hog'))).toBe(true);
});

test('what a broken dependency can cause is told apart from what only the tenant can', () => {
  const { options } = Offence;
  const kinds = options.map(({ shape }) => shape.kind.value);
  expect(kinds.filter((kind) => canBeSystemic(offenceOf(kind)))).toEqual(['breaker-trip', 'crash']);
});

test('every kind is as its schema says, also after JSON', () => {
  for (const { shape } of Offence.options) {
    const offence = offenceOf(shape.kind.value);
    expect(Offence.parse(JSON.parse(JSON.stringify(offence)))).toEqual(offence);
  }
});
