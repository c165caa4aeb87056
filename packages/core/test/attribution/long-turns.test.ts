import { describe, expect, test } from '@jest/globals';
import { runAs } from '../../src/attribution/turn-scope.js';
import { until } from '../until.js';
import { clocked, sleep, spin, spinAs } from './clocked.js';

describe('a long turn', () => {
  test('is told with its owner, its length and the count it is known by', async () => {
    const { clock, entered, told } = clocked();
    const owner = entered('a');
    let switches = 0;
    runAs(owner, () => {
      ({ switches } = clock.cell);
      spin(80);
    });
    const [turn] = await told(1);
    expect(turn).toMatchObject({ cause: 'session', owner, switches });
    expect(turn!.durationMs).toBeGreaterThanOrEqual(80);
    expect(clock.costOf(owner).blockedMs).toBe(turn!.durationMs);
  });

  test('of no session is the host’s', async () => {
    const { told } = clocked();
    spin(80);
    expect((await told(1))[0]).toMatchObject({ cause: 'host', owner: undefined });
  });

  test('is told of each of two sessions that block one after the other', async () => {
    const { entered, told } = clocked();
    const [a, b] = [entered('a'), entered('b')];
    spinAs(a, 70);
    spinAs(b, 80);
    expect((await told(2)).map(({ owner }) => owner)).toEqual([a, b]);
  });

  test('of a native sleep is told as well', async () => {
    const { entered, told } = clocked();
    const owner = entered('a');
    runAs(owner, () => sleep(80));
    expect((await told(1))[0]).toMatchObject({ cause: 'session', owner });
  });

  test('is still its owner’s when the session left before it was told', async () => {
    const { clock, entered, told } = clocked();
    const owner = entered('a');
    spinAs(owner, 80);
    clock.leave(owner);
    entered('next');
    expect((await told(1))[0]).toMatchObject({ owner });
  });

  test('that is not longer than the threshold is not told', async () => {
    const { clock, entered, long, told } = clocked(200);
    spinAs(entered('short'), 60);
    const { switches } = clock.cell;
    await until('it has beaten', () => clock.cell.switches > switches + 1);
    const owner = entered('long');
    spinAs(owner, 300);
    await told(1);
    expect(long.map((turn) => turn.owner)).toEqual([owner]);
  });

  test('is measured by a threshold that the other side of the cell has set', async () => {
    const { clock, entered, long, told } = clocked(10_000);
    spinAs(entered('before'), 60);
    clock.cell.thresholdMs = 20;
    await until('it takes effect', () => clock.thresholdMs === 20);
    const owner = entered('after');
    spinAs(owner, 60);
    await told(1);
    expect(long.map((turn) => turn.owner)).toEqual([owner]);
  });

  test('that an observer has told of ends, however short it turns out to be', async () => {
    const { clock, entered, told } = clocked(10_000);
    const owner = entered('a');
    runAs(owner, () => {
      clock.cell.told(clock.cell.switches);
      spin(2);
    });
    const [turn] = await told(1);
    expect(turn).toMatchObject({ owner });
    expect(turn!.durationMs).toBeLessThan(1_000);
  });

  test('is not told while a debugger may be attached', async () => {
    let isAttached = true;
    const { entered, long, told } = clocked(50, () => isAttached);
    spinAs(entered('at a breakpoint'), 80);
    isAttached = false;
    const owner = entered('a');
    spinAs(owner, 80);
    await told(1);
    expect(long.map((turn) => turn.owner)).toEqual([owner]);
  });

  test('of a thread is not told while its watcher says that a debugger is attached', async () => {
    const { clock, entered, long, told } = clocked();
    clock.cell.hasDebugger = true;
    const { switches } = clock.cell;
    await until('it has beaten', () => clock.cell.switches > switches + 1);
    spinAs(entered('at a breakpoint'), 80);
    clock.cell.hasDebugger = false;
    const owner = entered('a');
    spinAs(owner, 80);
    await told(1);
    expect(long.map((turn) => turn.owner)).toEqual([owner]);
  });
});
