import { afterEach, describe, expect, test } from '@jest/globals';
import { TestIsolate } from '../support/isolates.js';
import { turns } from '../support/turns.js';

const made: TestIsolate[] = [];

async function ready(): Promise<TestIsolate> {
  const one = await TestIsolate.ready();
  made.push(one);
  return one;
}

afterEach(async () => {
  for (const each of made.splice(0)) await each.dispose();
});

describe('a session that is abandoned, on a loop that turns', () => {
  test('is left behind by its guest and ends with its own reason', async () => {
    const one = await ready();
    const session = await one.open('s1');
    one.channel.silentMs = 299;
    one.isolate.abandon(session, 'timed-out', 'it ignores its signal');
    expect(one.channel.aborts).toEqual([['s1', 'timed-out', 'it ignores its signal', true]]);
    expect([one.reasonsOf('s1'), one.isolate.state]).toEqual([['timed-out'], 'ready']);
  });

  test('leaves its neighbours alone', async () => {
    const one = await ready();
    const session = await one.open('s1');
    const neighbour = await one.open('s2');
    one.isolate.abandon(session, 'timed-out');
    await turns();
    expect([neighbour.hasEnded, one.isolate.sessionCount]).toEqual([false, 1]);
  });

  test('is suspected of what its isolate dies of later, so that no neighbour is named', async () => {
    const one = await ready();
    const session = await one.open('s1');
    await one.open('s2');
    one.isolate.abandon(session, 'timed-out');
    one.channel.end({ reason: 'unresponsive', detail: 'no sign of life' });
    await turns();
    expect(one.isolate.endedWith).not.toHaveProperty('offender');
  });

  test('that has ended already is not abandoned', async () => {
    const one = await ready();
    const session = await one.open('s1');
    one.complete('s1');
    one.isolate.abandon(session, 'timed-out');
    expect([one.channel.aborts, one.reasonsOf('s1')]).toEqual([[], ['completed']]);
  });
});

describe('a session that is abandoned, on a loop that is deaf', () => {
  async function deaf(): Promise<TestIsolate> {
    const one = await ready();
    one.channel.silentMs = 300;
    return one;
  }

  test('ends its isolate and keeps its own reason', async () => {
    const one = await deaf();
    const session = await one.open('s1');
    one.isolate.abandon(session, 'timed-out');
    await turns();
    expect([one.channel.aborts, one.reasonsOf('s1')]).toEqual([[], ['timed-out']]);
    expect(one.isolate.endedWith).toMatchObject({
      reason: 'unresponsive',
      detail: 'session s1 did not end (timed-out), no sign of life for 300 ms',
    });
  });

  test('ends its neighbours as those of an isolate that does not respond', async () => {
    const one = await deaf();
    const session = await one.open('s1');
    await one.open('s2');
    one.isolate.abandon(session, 'cancelled');
    await turns();
    expect([one.reasonsOf('s1'), one.reasonsOf('s2')]).toEqual([
      ['cancelled'],
      ['isolate-unresponsive'],
    ]);
  });

  test('is named as the offender when it was alone', async () => {
    const one = await deaf();
    one.isolate.abandon(await one.open('s1'), 'timed-out');
    await turns();
    expect(one.isolate.endedWith?.offender).toBe('s1');
  });

  test('does not make its only neighbour the offender', async () => {
    const one = await deaf();
    const session = await one.open('s1');
    await one.open('s2');
    one.isolate.abandon(session, 'timed-out');
    await turns();
    expect(one.isolate.endedWith).not.toHaveProperty('offender');
  });

  test.each<[string, (one: TestIsolate) => void]>([
    ['drains', (one) => one.isolate.drain()],
    [
      'would end when it is idle',
      (one) =>
        one.isolate.onIdle((isolate) => void isolate.end({ reason: 'idle', detail: 'no session' })),
    ],
  ])('counts against its tenant also where the isolate %s', async (_what, prepare) => {
    const one = await deaf();
    const session = await one.open('s1');
    prepare(one);
    one.isolate.abandon(session, 'timed-out');
    await turns();
    expect(one.isolate.endedWith?.reason).toBe('unresponsive');
  });
});
