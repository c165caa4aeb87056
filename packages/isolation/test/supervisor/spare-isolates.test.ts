import { describe, expect, test } from '@jest/globals';
import type { Isolate } from '../../src/host/isolate.js';
import { IsolateFactory, type IsolateProfile } from '../../src/supervisor/isolate-factory.js';
import { SpareIsolates } from '../../src/supervisor/spare-isolates.js';
import { TestContext } from '../support/isolates-context.js';
import { turns } from '../support/turns.js';

const CHILD: IsolateProfile = { rung: 'process', heapHardLimitMb: null };
const THREAD: IsolateProfile = { rung: 'thread', heapHardLimitMb: 640 };

function keeping(
  countPerProfile: number,
  room = 64,
): { context: TestContext; spares: SpareIsolates; made: Isolate[] } {
  const context = new TestContext();
  const made: Isolate[] = [];
  const factory = new IsolateFactory(context, () => {}, context.makeChannel);
  const options = {
    countPerProfile,
    room: () => room - made.length,
    onMade: (isolate: Isolate) => void made.push(isolate),
    clock: context.clock,
  };
  return { context, spares: new SpareIsolates(factory, options, context.log), made };
}

describe('spare isolates', () => {
  test('are booted for each profile that is kept', async () => {
    const { spares, made } = keeping(2);
    spares.keep(CHILD);
    spares.keep(THREAD);
    await turns();
    expect(made.map(({ rung, state }) => [rung, state])).toEqual([
      ['process', 'ready'],
      ['process', 'ready'],
      ['thread', 'ready'],
      ['thread', 'ready'],
    ]);
  });

  test('are no more than there is room for', () => {
    const { spares, made } = keeping(5, 3);
    spares.keep(CHILD);
    expect(made).toHaveLength(3);
  });

  test('are replaced when one is taken, after its taker had time for a first answer', async () => {
    const { context, spares, made } = keeping(1);
    spares.keep(CHILD);
    await turns();
    expect(spares.take(CHILD)).toBe(made[0]);
    expect(spares.take(CHILD)).toBeUndefined();
    context.manual.advance(49);
    expect(made).toHaveLength(1);
    context.manual.advance(1);
    await turns(2);
    expect([made.length, spares.take(CHILD)]).toEqual([2, made[1]]);
  });

  test('are not taken while they boot, or for another profile', async () => {
    const { spares } = keeping(1);
    spares.keep(CHILD);
    expect(spares.take(CHILD)).toBeUndefined();
    await turns();
    expect(spares.take(THREAD)).toBeUndefined();
  });

  test('are not taken when they have died', async () => {
    const { context, spares } = keeping(1);
    spares.keep(CHILD);
    await turns();
    context.channels[0]!.end({ reason: 'signal', detail: 'SIGKILL' });
    await turns();
    expect(spares.take(CHILD)).toBeUndefined();
  });

  test('are given up for a tenant, one at a time', async () => {
    const { spares, made } = keeping(1);
    spares.keep(CHILD);
    await turns();
    const ending = spares.giveUpOne();
    expect(spares.giveUpOne()).toBeUndefined();
    expect(await ending).toBe('gone');
    expect(made[0]!.endedWith?.reason).toBe('stopped');
  });

  test('make no room when they have died', async () => {
    const { context, spares } = keeping(1);
    spares.keep(CHILD);
    await turns();
    context.channels[0]!.end({ reason: 'signal', detail: 'SIGKILL' });
    await turns();
    expect(spares.giveUpOne()).toBeUndefined();
  });

  test('that do not start are logged and not tried again', async () => {
    const { context, spares, made } = keeping(1);
    context.prepare = (channel) => {
      channel.starts = () => Promise.reject(new Error('EMFILE'));
    };
    spares.keep(CHILD);
    await turns(2);
    expect(context.lines).toMatchObject([{ level: 'warn', reason: 'EMFILE' }]);
    expect(made).toHaveLength(1);
  });

  test('that become ready after the pool closed are ended', async () => {
    const { spares, made } = keeping(1);
    spares.keep(CHILD);
    spares.close();
    await turns();
    expect(made[0]!.endedWith?.detail).toBe('pool closed');
  });
});
