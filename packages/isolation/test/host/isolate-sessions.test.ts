import { afterEach, describe, expect, test } from '@jest/globals';
import type { IsolateEndReason } from '@tenantry/core/internal';
import { isAbnormal } from '../../src/host/isolate-end.js';
import { TestIsolate } from '../support/isolates.js';
import { caught } from '../support/caught.js';
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

describe('a session in an isolate', () => {
  test('is open when its agent has been entered', async () => {
    const one = await ready();
    const opening = one.opening('s1');
    expect(one.isolate.sessionCount).toBe(1);
    one.channel.carriers.get('s1')!.say({ kind: 'started' });
    expect((await opening).hasEnded).toBe(false);
  });

  test('is not opened where the guest refuses it', async () => {
    const one = await ready();
    const opening = one.opening('s1');
    const error = { name: 'Error', message: 'no such agent', code: 'TENANTRY_AGENT_LOAD_FAILED' };
    one.channel.carriers.get('s1')!.say({ kind: 'refused', error });
    expect(await caught(() => opening)).toMatchObject({ code: 'TENANTRY_AGENT_LOAD_FAILED' });
    expect([one.isolate.sessionCount, one.reasonsOf('s1')]).toEqual([0, []]);
  });

  test('is not opened where its agent is not entered in time', async () => {
    const one = await ready();
    const opening = one.opening('s1');
    one.clock.advance(10_000);
    expect(await caught(() => opening)).toMatchObject({
      code: 'TENANTRY_SESSION_START_TIMEOUT',
      message: 'session s1 was not entered within 10000 ms',
      tenant: 'acme',
      session: 's1',
    });
    expect([one.isolate.sessionCount, one.reasonsOf('s1')]).toEqual([0, []]);
    expect(one.channel.carriers.get('s1')!.isClosed).toBe(true);
  });

  test('that was not entered in time is left behind by its guest, should it enter it later', async () => {
    const one = await ready();
    const opening = one.opening('s1');
    one.clock.advance(10_000);
    await caught(() => opening);
    expect(one.channel.aborts).toEqual([['s1', 'cancelled', null, true]]);
  });

  test('is not opened where its isolate ends first', async () => {
    const one = await ready();
    const opening = one.opening('s1');
    one.channel.end({ reason: 'exit', detail: 'exit code 1' });
    expect((await caught(() => opening)).code).toBe('TENANTRY_ISOLATE_CRASHED');
    expect(one.reasonsOf('s1')).toEqual([]);
  });

  test('is refused at once by an isolate that has ended', async () => {
    const one = await ready();
    one.channel.end({ reason: 'exit', detail: 'exit code 1' });
    await turns();
    const error = await caught(() => one.opening('s1'));
    expect([error.code, one.isolate.sessionCount]).toEqual(['TENANTRY_ISOLATE_CRASHED', 0]);
  });

  test('ends once, however often it is told', async () => {
    const one = await ready();
    const session = await one.open('s1');
    one.complete('s1');
    one.complete('s1');
    session.endHere('cancelled');
    one.channel.end({ reason: 'exit', detail: 'exit code 1' });
    await turns();
    expect(one.ends.get('s1')).toEqual([{ reason: 'completed', result: 's1' }]);
  });

  test('that fails is told with the error rebuilt', async () => {
    const one = await ready();
    await one.open('s1');
    const error = { name: 'TypeError', message: 'boom', code: 'E_OWN' };
    one.channel.carriers
      .get('s1')!
      .say({ kind: 'ended', cost: null, end: { reason: 'failed', error } });
    const [end] = one.ends.get('s1')!;
    expect(end).toMatchObject({ reason: 'failed', error });
    expect((end as { error: unknown }).error).toBeInstanceOf(Error);
  });

  test('may end in the same moment as it starts', async () => {
    const one = await ready();
    const opening = one.open('s1');
    one.complete('s1');
    expect((await opening).hasEnded).toBe(true);
    expect(one.reasonsOf('s1')).toEqual(['completed']);
  });

  test('gives its client what was sent before its end', async () => {
    const one = await ready();
    const { client } = await one.open('s1');
    one.channel.carriers
      .get('s1')!
      .say({ kind: 'ended', cost: null, end: { reason: 'completed', result: 1 } }, ['last']);
    expect([await client.inbox.next(), await client.inbox.next()]).toEqual([
      { done: false, value: 'last' },
      { done: true, value: undefined },
    ]);
  });

  test('sends what waits before it closes its input', async () => {
    const one = await ready();
    const session = await one.open('s1');
    for (let index = 0; index < 100; index += 1) void session.client.outbox.offer(index);
    session.closeInput();
    const { posted } = one.channel.carriers.get('s1')!;
    expect(posted.flatMap(([, , messages]) => messages)).toHaveLength(100);
    expect(posted.at(-1)![4]).toEqual({ kind: 'close' });
  });

  test('is aborted by its guest, in its own time', async () => {
    const one = await ready();
    const session = await one.open('s1');
    one.isolate.abort(session, 'cancelled', 'by hand');
    expect(one.channel.aborts).toEqual([['s1', 'cancelled', 'by hand', false]]);
    expect(session.hasEnded).toBe(false);
  });

  test('leaves its isolate idle when it was the last one', async () => {
    const one = await ready();
    let idle = 0;
    one.isolate.onIdle(() => (idle += 1));
    await one.open('s1');
    await one.open('s2');
    one.complete('s1');
    expect(idle).toBe(0);
    one.complete('s2');
    expect(idle).toBe(1);
  });
});

describe('the end of an isolate', () => {
  test.each<[IsolateEndReason, string, string, boolean]>([
    ['stopped', 'shutdown', 'TENANTRY_SESSION_SHUTDOWN', false],
    ['idle', 'shutdown', 'TENANTRY_SESSION_SHUTDOWN', false],
    ['recycled', 'drained', 'TENANTRY_SESSION_DRAINED', false],
    ['exit', 'isolate-crashed', 'TENANTRY_ISOLATE_CRASHED', true],
    ['signal', 'isolate-crashed', 'TENANTRY_ISOLATE_CRASHED', true],
    ['uncaught', 'isolate-crashed', 'TENANTRY_ISOLATE_CRASHED', true],
    ['oom-heap', 'memory-limit', 'TENANTRY_MEMORY_LIMIT', true],
    ['memory-limit', 'memory-limit', 'TENANTRY_MEMORY_LIMIT', true],
    ['unresponsive', 'isolate-unresponsive', 'TENANTRY_ISOLATE_UNRESPONSIVE', true],
    ['start-timeout', 'isolate-crashed', 'TENANTRY_ISOLATE_CRASHED', true],
    ['start-failed', 'isolate-crashed', 'TENANTRY_ISOLATE_CRASHED', true],
    ['channel-closed', 'isolate-crashed', 'TENANTRY_ISOLATE_CRASHED', true],
  ])('by %s ends its sessions with %s', async (reason, ended, code, abnormal) => {
    const one = await ready();
    await one.open('s1');
    await one.open('s2');
    one.channel.end({ reason, detail: 'why' });
    await turns();
    for (const id of ['s1', 's2']) {
      expect(one.ends.get(id)).toMatchObject([{ reason: ended, error: { code, session: id } }]);
    }
    expect(isAbnormal({ reason, detail: '' })).toBe(abnormal);
    expect(one.told[0]).toEqual(['ended', { reason, detail: 'why' }, 2]);
  });

  test('names the session whose code caused it, where there was only one', async () => {
    const one = await ready();
    await one.open('s1');
    one.channel.end({ reason: 'exit', detail: 'exit code 1' });
    await turns();
    const end = { reason: 'exit', detail: 'exit code 1', offender: 's1' };
    expect([one.isolate.endedWith, one.told[0]]).toEqual([end, ['ended', end, 1]]);
  });

  test('names nobody where somebody wanted it', async () => {
    const one = await ready();
    await one.open('s1');
    await one.isolate.end({ reason: 'stopped', detail: 'pool closed' });
    expect(one.isolate.endedWith).not.toHaveProperty('offender');
  });
});
