import { describe, expect, test } from '@jest/globals';
import { OTHER, OWNER, PLACE } from './block-rows.js';
import { FakeLoop, OTHER_SLOT, SLOT } from './fake-loop.js';

describe('a watched loop that is blocked', () => {
  test('is asked for its stack before the threshold and told just after it', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(39);
    expect(loop.asked).toHaveLength(0);
    loop.pass(6);
    expect(loop.asked).toHaveLength(1);
    await loop.answer();
    expect(loop.stacks).toMatchObject([{ owner: OWNER, place: PLACE, switches: 11 }]);
    expect(loop.told).toEqual([]);
    loop.pass(10);
    expect(loop.told).toHaveLength(1);
    expect(loop.told[0]).toMatchObject({ isolate: 'main', owner: OWNER, stack: [PLACE] });
    expect(loop.told[0]!.durationMs).toBeGreaterThan(50);
    expect(loop.told[0]!.durationMs).toBeLessThan(57);
  });

  test('is told once, and lasts until the next switch', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(45);
    await loop.answer();
    loop.pass(1_000);
    expect([loop.told.length, loop.asked.length]).toEqual([1, 1]);
    expect(loop.watch.ongoing).toMatchObject({ owner: OWNER, durationMs: 1_045 });
    loop.turn(0);
    expect(loop.watch.ongoing).toBeUndefined();
  });

  test('learns that its turn has been told, until it is over', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(45);
    await loop.answer();
    expect(loop.cell.isTold).toBe(false);
    loop.pass(20);
    expect(loop.cell.isTold).toBe(true);
    loop.turn(0);
    expect(loop.cell.isTold).toBe(false);
  });

  test('by one session after another is told of each', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(45);
    await loop.answer();
    loop.pass(100);
    loop.turn(OTHER_SLOT);
    loop.pass(45);
    await loop.answer({ owner: OTHER });
    loop.pass(100);
    expect(loop.told.map(({ owner }) => owner)).toEqual([OWNER, OTHER]);
  });

  test('belongs to whose code the stack shows', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(45);
    await loop.answer({ owner: OTHER });
    loop.pass(20);
    expect(loop.told[0]!.owner).toEqual(OTHER);
  });

  test('has its start on the wall clock', async () => {
    const loop = await FakeLoop.blocking();
    const startedAtMs = loop.clock.epochMs();
    loop.pass(45);
    await loop.answer();
    loop.pass(20);
    expect(loop.told[0]!.startedAtMs).toBe(startedAtMs);
  });

  test('is measured by its own clock where the kernel says nothing', async () => {
    const loop = new FakeLoop();
    loop.times = undefined;
    loop.idle(100);
    loop.turn(SLOT);
    loop.pass(45);
    await loop.answer();
    loop.pass(20);
    expect(loop.told).toHaveLength(1);
  });

  test('is told by a threshold that was lowered meanwhile', async () => {
    const loop = await FakeLoop.blocking(1_000);
    loop.pass(100);
    expect(loop.asked).toHaveLength(0);
    loop.cell.thresholdMs = 50;
    loop.pass(20);
    await loop.answer();
    expect(loop.told).toHaveLength(1);
  });
});

describe('a watched loop is not blocked', () => {
  test('while it is idle', () => {
    const loop = new FakeLoop();
    loop.idle(5_000);
    expect([loop.asked.length, loop.told.length]).toEqual([0, 0]);
  });

  test('by short turns of one session with idle time between them', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(22);
    loop.pass(18, 'sleeps');
    loop.pass(15);
    if (loop.asked.length > 0) await loop.answer();
    loop.pass(3);
    expect(loop.told).toEqual([]);
  });

  test('while its thread waits for a core', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(30);
    loop.pass(500, 'waits');
    expect([loop.asked.length, loop.told.length]).toEqual([0, 0]);
    loop.pass(20);
    await loop.answer();
    loop.pass(20);
    expect(loop.told).toHaveLength(1);
  });

  test('as long as turns follow each other', () => {
    const loop = new FakeLoop();
    for (let turn = 0; turn < 50; turn += 1) {
      loop.turn(1 + (turn % 2));
      loop.pass(35);
    }
    expect(loop.told).toEqual([]);
  });

  test('while a debugger may be attached', async () => {
    const loop = await FakeLoop.blocking();
    loop.cell.hasDebugger = true;
    loop.pass(5_000);
    expect([loop.asked.length, loop.told.length]).toEqual([0, 0]);
  });

  test('when it does not beat', async () => {
    const loop = await FakeLoop.blocking();
    loop.cell.isWatched = false;
    loop.pass(5_000);
    expect([loop.asked.length, loop.told.length]).toEqual([0, 0]);
  });

  test('for whoever has been away himself', async () => {
    const loop = await FakeLoop.blocking();
    loop.watch.poll();
    loop.clock.advance(500);
    loop.watch.poll();
    loop.clock.advance(1);
    expect([loop.asked.length, loop.told.length]).toEqual([0, 0]);
  });

  test('when its turn ended while its stack was taken', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(45);
    loop.turn(0);
    await loop.answer();
    loop.pass(20, 'sleeps');
    expect([loop.stacks.length, loop.told.length]).toEqual([0, 0]);
  });

  test('after it is no longer watched', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(45);
    loop.watch.stop();
    await loop.answer();
    loop.clock.advance(1_000);
    expect([loop.told, loop.watch.ongoing]).toEqual([[], undefined]);
  });
});
