import { describe, expect, test } from '@jest/globals';
import { OWNER, PLACE } from './block-rows.js';
import { FakeLoop, SLOT } from './fake-loop.js';

const HEAP_BYTES = 100 * 1_048_576;

describe('a call into native code', () => {
  test('is told by the slot’s owner, without a line', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(150);
    expect(loop.told).toMatchObject([{ owner: OWNER, place: null, stack: [] }]);
  });

  test('that sleeps is told as well: an idle loop would beat', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(170, 'sleeps');
    expect(loop.told).toMatchObject([{ owner: OWNER, place: null }]);
  });

  test('has its line when the thread answers still inside of it', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(300);
    await loop.answer({ isInsideCall: true });
    expect(loop.stacks).toMatchObject([{ owner: OWNER, place: PLACE }]);
    expect(loop.told).toHaveLength(1);
  });

  test('has none when the thread answers from the code after it', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(300);
    await loop.answer({ isInsideCall: false });
    expect(loop.stacks).toEqual([]);
    expect(loop.watch.ongoing).toMatchObject({ place: null, owner: OWNER });
  });

  test('is not suspected while the thread that is asked waits for a core', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(45);
    loop.pass(60, 'waits');
    await loop.answer();
    loop.pass(20);
    expect(loop.told).toMatchObject([{ owner: OWNER, place: PLACE }]);
  });

  test('is told while it lasts also where its thread gets a core now and then only', async () => {
    const loop = await FakeLoop.blocking();
    for (let passedMs = 0; passedMs < 600; passedMs += 40) {
      loop.pass(8);
      loop.pass(32, 'waits');
    }
    expect(loop.told).toMatchObject([{ owner: OWNER, place: null }]);
    expect(loop.told[0]!.durationMs).toBeLessThan(600);
  });

  test('is not suspected by whoever is late himself: the answer may be there', async () => {
    const loop = await FakeLoop.blocking();
    loop.timersLateMs = 40;
    loop.pass(45);
    loop.pass(70);
    loop.timersLateMs = 0;
    await loop.answer();
    loop.pass(1);
    expect(loop.told).toMatchObject([{ owner: OWNER, place: PLACE }]);
  });

  test('is told also by whoever is always late', async () => {
    const loop = await FakeLoop.blocking();
    loop.timersLateMs = 10;
    loop.pass(200);
    expect(loop.told).toMatchObject([{ owner: OWNER, place: null }]);
  });

  test('is asked again where the turn goes on after a late answer', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(300);
    await loop.answer({ isInsideCall: false });
    expect(loop.asked).toHaveLength(1);
    loop.pass(60);
    expect(loop.asked).toHaveLength(2);
    await loop.answer({ isInsideCall: false });
    expect(loop.stacks).toMatchObject([{ owner: OWNER, place: PLACE }]);
    expect(loop.watch.ongoing).toMatchObject({ place: PLACE });
    expect(loop.told).toHaveLength(1);
  });

  test('takes no answer of a later turn', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(300);
    await loop.answer({ isInsideCall: true, switches: loop.cell.switches + 1 });
    expect(loop.stacks).toEqual([]);
  });

  test('is told also when the thread cannot be asked', async () => {
    const loop = await FakeLoop.blocking();
    loop.pass(45);
    loop.asked[0]!.fail(new Error('no inspector'));
    loop.pass(100);
    expect(loop.told).toMatchObject([{ owner: OWNER, place: null }]);
  });
});

describe('silence that may be the collector', () => {
  /** A turn of a session, on a loop whose heap is that large. */
  async function collecting(heapUsedBytes: number): Promise<FakeLoop> {
    const loop = new FakeLoop();
    loop.idle(100);
    loop.cell.beat(heapUsedBytes, 0);
    loop.turn(SLOT);
    return loop;
  }

  test('is told of nobody while a full collection could take so long', async () => {
    const loop = await collecting(HEAP_BYTES);
    loop.pass(295);
    expect(loop.asked).toHaveLength(1);
    expect(loop.told).toEqual([]);
  });

  test('is told when it has lasted for longer than a collection could', async () => {
    const loop = await collecting(HEAP_BYTES);
    loop.pass(360);
    expect(loop.told).toMatchObject([{ owner: OWNER, place: null }]);
  });

  test('is told sooner where the heap is small', async () => {
    const loop = await collecting(1_048_576);
    loop.pass(95);
    expect(loop.told).toEqual([]);
    loop.pass(40);
    expect(loop.told).toHaveLength(1);
  });

  test('is told of nobody while the collector may wait for its helper threads', async () => {
    const loop = await collecting(HEAP_BYTES);
    loop.pass(295, 'sleeps');
    expect(loop.told).toEqual([]);
  });

  test('is not suspected where the thread has shown its stack', async () => {
    const loop = await collecting(HEAP_BYTES);
    loop.pass(45);
    await loop.answer();
    loop.pass(15);
    expect(loop.told).toMatchObject([{ owner: OWNER, place: PLACE }]);
  });
});
