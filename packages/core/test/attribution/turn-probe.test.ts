import { afterAll, describe, expect, test } from '@jest/globals';
import { LoopCell } from '../../src/attribution/loop-cell.js';
import { answerProbes, type ProbeAnswer } from '../../src/attribution/turn-probe.js';
import { runAs } from '../../src/attribution/turn-scope.js';

const cell = new LoopCell(4);
const stop = answerProbes(cell);
afterAll(stop);

/** What the inspector evaluates, called on top of whatever runs. */
function probe(): ProbeAnswer {
  const doors = globalThis as unknown as Record<symbol, () => string>;
  return JSON.parse(doors[Symbol.for('tenantry.turn-probe')]!()) as ProbeAnswer;
}

function chargeCard(): ProbeAnswer {
  return probe();
}

describe('a probe', () => {
  test('says that it is nobody’s turn', () => {
    cell.switched(0, 1);
    expect(probe()).toMatchObject({ owner: null, switches: cell.switches });
  });

  test('says whose turn it is, by whose code runs', () => {
    const owner = { id: 's-1', tenant: 'acme', agent: 'support', turnSlot: 1 };
    expect(runAs(owner, probe).owner).toEqual({ session: 's-1', tenant: 'acme', agent: 'support' });
  });

  test('says where: innermost first, with file, line and column', () => {
    const { frames } = chargeCard();
    const at = frames.findIndex(({ functionName }) => functionName === 'chargeCard');
    expect(at).toBeGreaterThan(-1);
    expect(frames[at]!.url).toMatch(/turn-probe\.test\.js$/);
    expect(frames[at]!.line).toBeGreaterThan(10);
    expect(frames[at + 1]!.url).toBe(frames[at]!.url);
  });

  test('tells a function that waits from one that runs', async () => {
    async function waits(): Promise<ProbeAnswer> {
      const answer = await Promise.resolve().then(chargeCard);
      return answer;
    }
    const { frames } = await waits();
    const of = (name: string): boolean | undefined =>
      frames.find(({ functionName }) => functionName === name)?.isAsync;
    expect([of('chargeCard'), of('waits')]).toEqual([false, true]);
  });

  test('leaves what the code that runs has made of stack traces', () => {
    const prepared = (): string => 'theirs';
    Error.prepareStackTrace = prepared;
    Error.stackTraceLimit = 3;
    try {
      expect(probe().frames.length).toBeGreaterThan(3);
      expect(Error).toHaveProperty('prepareStackTrace', prepared);
      expect(Error.stackTraceLimit).toBe(3);
    } finally {
      Reflect.deleteProperty(Error, 'prepareStackTrace');
      Error.stackTraceLimit = 10;
    }
    probe();
    expect(Object.hasOwn(Error, 'prepareStackTrace')).toBe(false);
  });

  test('is answered no longer once it is stopped', () => {
    stop();
    expect(Symbol.for('tenantry.turn-probe') in globalThis).toBe(false);
  });
});
