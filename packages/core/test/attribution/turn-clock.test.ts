import { describe, expect, test } from '@jest/globals';
import { runAs, runAsNobody, type TurnOwner } from '../../src/attribution/turn-scope.js';
import { until } from '../until.js';
import { KERNEL_LAG_MS, clocked, sleep, spin, spinAs } from './clocked.js';

describe('a turn clock', () => {
  test('gives each owner the time of its own turns', () => {
    const { clock, entered } = clocked();
    const [a, b] = [entered('a'), entered('b', 'globex')];
    spinAs(a, 30);
    spinAs(b, 20);
    spinAs(a, 30);
    expect(clock.costOf(a).cpuMs).toBeGreaterThanOrEqual(60 - 2 * KERNEL_LAG_MS);
    expect(clock.costOf(b).cpuMs).toBeGreaterThanOrEqual(20 - KERNEL_LAG_MS);
    clock.fold();
    const { acme, globex } = clock.usage().tenants;
    expect(acme!.totalMs).toBeGreaterThanOrEqual(60 - 2 * KERNEL_LAG_MS);
    expect(globex!.totalMs).toBeGreaterThan(0);
  });

  test('follows an owner through awaits, timers and callbacks', async () => {
    const { clock, entered } = clocked();
    const owner = entered('a');
    await runAs(owner, async () => {
      await Promise.resolve();
      spin(15);
      await new Promise<void>((resolve) => setTimeout(resolve, 1));
      spin(15);
      await new Promise<void>((resolve) =>
        process.nextTick(() => {
          spin(15);
          resolve();
        }),
      );
    });
    expect(clock.costOf(owner).cpuMs).toBeGreaterThanOrEqual(45 - KERNEL_LAG_MS);
  });

  test('charges a turn inside another one to its own owner, and goes on with the outer', () => {
    const { clock, entered } = clocked();
    const [outer, inner] = [entered('outer'), entered('inner')];
    const startMs = performance.now();
    runAs(outer, () => {
      spinAs(inner, 30);
      runAsNobody(() => spin(30));
      spin(20);
    });
    const tookMs = performance.now() - startMs;
    expect(clock.slot).toBe(0);
    expect(clock.costOf(inner).cpuMs).toBeGreaterThanOrEqual(30 - KERNEL_LAG_MS);
    expect(clock.costOf(outer).cpuMs).toBeGreaterThanOrEqual(20 - KERNEL_LAG_MS);
    expect(clock.costOf(outer).cpuMs).toBeLessThanOrEqual(tookMs - 60);
  });

  test('goes on with the outer turn also after an inner one has thrown', () => {
    const { clock, entered } = clocked();
    const [outer, inner] = [entered('outer'), entered('inner')];
    runAs(outer, () => {
      expect(() => runAs(inner, () => JSON.parse('{'))).toThrow();
      expect(clock.slot).toBe(outer.turnSlot);
    });
  });

  test('leaves what a session used with its tenant', () => {
    const { clock, entered } = clocked();
    const owner = entered('a');
    spinAs(owner, 20);
    clock.leave(owner);
    clock.fold();
    expect(owner.turnSlot).toBe(0);
    expect(clock.usage().tenants['acme']!.totalMs).toBeGreaterThanOrEqual(20 - KERNEL_LAG_MS);
  });

  test('charges nobody for what runs after a session has left in its own turn', () => {
    const { clock, entered } = clocked();
    const owner = entered('a');
    runAs(owner, () => {
      clock.leave(owner);
      expect(clock.slot).toBe(0);
      spin(60);
    });
    clock.fold();
    const { tenants, hostMs } = clock.usage();
    expect(hostMs).toBeGreaterThanOrEqual(60 - KERNEL_LAG_MS);
    expect(tenants['acme']?.totalMs ?? 0).toBeLessThan(hostMs / 2);
  });

  test('starts a slot that is used again from zero, with its new name', () => {
    const { clock, entered } = clocked();
    const former = entered('former');
    const slot = former.turnSlot;
    spinAs(former, 80);
    expect(clock.costOf(former).blockedMs).toBeGreaterThan(0);
    clock.leave(former);
    const next = entered('next', 'globex');
    expect(next.turnSlot).toBe(slot);
    expect(clock.costOf(next)).toEqual({ cpuMs: 0, blockedMs: 0 });
    expect(clock.cell.nameOf(slot)).toEqual({
      session: 'next',
      tenant: 'globex',
      agent: 'support',
    });
  });

  test('gives an outer turn’s slot back to its owner, not to who took the slot meanwhile', () => {
    const { clock, entered } = clocked();
    const [outer, inner] = [entered('outer'), entered('inner')];
    let next: TurnOwner | undefined;
    runAs(outer, () => {
      runAs(inner, () => {
        clock.leave(outer);
        next = entered('next');
      });
      spin(30);
    });
    expect(next!.turnSlot).not.toBe(0);
    expect(clock.costOf(next!).cpuMs).toBe(0);
  });

  test('has room for many sessions at once', () => {
    const { clock, entered } = clocked();
    const owners = Array.from({ length: 300 }, (_, at) => entered(`s-${at}`, `t-${at % 3}`));
    spinAs(owners[299]!, 20);
    expect(clock.costOf(owners[299]!).cpuMs).toBeGreaterThanOrEqual(20 - KERNEL_LAG_MS);
    expect(clock.costOf(owners[298]!).cpuMs).toBe(0);
  });

  test('does not take sleep in a native call for CPU time', () => {
    const { clock, entered } = clocked();
    const owner = entered('a');
    clock.fold();
    runAs(owner, () => sleep(120));
    clock.fold();
    expect(clock.usageOf(owner).totalMs).toBeLessThan(60);
    expect(clock.costOf(owner).blockedMs).toBeGreaterThanOrEqual(120);
  });

  test('does not take many short sleeps for CPU time either', () => {
    const { clock, entered } = clocked();
    const owner = entered('a');
    clock.fold();
    for (let call = 0; call < 6; call += 1) {
      runAs(owner, () => sleep(25));
    }
    clock.fold();
    expect(clock.usageOf(owner).totalMs).toBeLessThan(75);
  });

  test('publishes whose turn it is, and moves while the loop is idle', async () => {
    const { clock, entered } = clocked();
    const owner = entered('a');
    runAs(owner, () => expect(clock.cell.slot).toBe(owner.turnSlot));
    const { switches } = clock.cell;
    await until('it beats', () => clock.cell.switches > switches);
    expect(clock.cell.isWatched).toBe(true);
    expect(clock.cell.heapUsedBytes).toBeGreaterThan(0);
  });

  test('that is closed neither beats nor is told of turns', async () => {
    const { clock, entered } = clocked(10);
    const owner = entered('a');
    clock.close();
    const { switches } = clock.cell;
    runAs(owner, () => setTimeout(() => spin(1), 1));
    const start = performance.now();
    await until('three beats would have passed', () => performance.now() - start > 30);
    expect(clock.cell.switches).toBe(switches);
    expect(clock.cell.isWatched).toBe(false);
  });
});
