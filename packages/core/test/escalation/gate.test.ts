import { expect, test } from '@jest/globals';
import { Gate, targetOf } from '../../src/escalation/gate.js';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { Ladder } from '../../src/escalation/ladder.js';
import { RUNGS, type Rung } from '../../src/vocabulary/rung.js';
import { LOOSE, offenceOf } from './test-escalation.js';

const at = (rung: Rung, ceiling: Rung = 'quarantined') => ({ bounds: { ...LOOSE, ceiling }, rung });

test('a memory offender skips the thread and nothing else', () => {
  expect(RUNGS.map((next) => targetOf(at('coroutine'), next, true))).toEqual([
    'process',
    'process',
    'process',
    'quarantined',
  ]);
  expect(RUNGS.map((next) => targetOf(at('coroutine'), next, false))).toEqual(RUNGS);
});

test('the ceiling stands in for what is above it, where it is a step up', () => {
  expect(targetOf(at('coroutine', 'thread'), 'thread', true)).toBe('thread');
  expect(targetOf(at('thread', 'thread'), 'process', false)).toBe('process');
});

test('asks for room and for isolates only where an isolate is needed', () => {
  const asked: string[] = [];
  const options = EscalationOptions.parse({});
  const gate = new Gate({
    options,
    ejectedCount: () => 0,
    world: {
      boundsOf: () => LOOSE,
      knownTenants: () => 1,
      room: (rung) => asked.push(`room ${rung}`) > 0,
      canRunOn: (tenant, rung, agents) => {
        asked.push(`${tenant} ${rung} ${agents.join()}`);
        return null;
      },
    },
  });
  const candidate = { tenant: 'acme', ladder: new Ladder(LOOSE, options, 0) };
  const evidence = [offenceOf('crash'), offenceOf('crash'), offenceOf('crash', { agent: null })];
  const charge = { evidence, isDoubtful: false };
  for (const rung of RUNGS) expect(gate.held(candidate, rung, charge)).toBeNull();
  expect(asked).toEqual(['acme thread echo', 'room thread', 'acme process echo', 'room process']);
});
