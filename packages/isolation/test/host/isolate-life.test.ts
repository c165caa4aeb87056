import { afterEach, describe, expect, test } from '@jest/globals';
import { TestIsolate } from '../support/isolates.js';
import { IDENTITY, reportWith } from '../support/fake-channel.js';
import { caught } from '../support/caught.js';
import { turns } from '../support/turns.js';

const made: TestIsolate[] = [];

function kept(test: TestIsolate): TestIsolate {
  made.push(test);
  return test;
}

const ready = async (): Promise<TestIsolate> => kept(await TestIsolate.ready());

afterEach(async () => {
  for (const each of made.splice(0)) await each.dispose();
});

describe('an isolate that starts', () => {
  test('is open when its channel has started', async () => {
    const { isolate } = kept(new TestIsolate());
    expect([isolate.state, isolate.isOpen]).toEqual(['starting', false]);
    await isolate.start();
    expect([isolate.state, isolate.isOpen, isolate.identity]).toEqual(['ready', true, IDENTITY]);
  });

  test('rejects as its channel does and is gone', async () => {
    const { isolate, channel, told } = kept(new TestIsolate());
    const end = { reason: 'start-failed', detail: 'no such file' } as const;
    channel.starts = () => {
      channel.end(end);
      return Promise.reject(new Error('no such file'));
    };
    expect((await caught(() => isolate.start())).message).toBe('no such file');
    await turns();
    expect([isolate.state, told]).toEqual(['stopped', [['ended', end, 0], 'gone']]);
  });

  test('that is ended meanwhile says so, as a failure to start', async () => {
    const { isolate, channel } = kept(new TestIsolate());
    let started: (identity: typeof IDENTITY) => void = () => {};
    channel.starts = () => new Promise((resolve) => (started = resolve));
    const starting = isolate.start();
    void isolate.end({ reason: 'stopped', detail: 'pool closed' });
    await turns();
    started(IDENTITY);
    expect((await caught(() => starting)).code).toBe('TENANTRY_ISOLATE_START_FAILED');
    expect(isolate.state).toBe('stopped');
  });

  test('becomes a tenant’s when it is assigned', async () => {
    const { isolate, channel } = await ready();
    const assignment = {
      tenant: 'acme',
      env: {},
      memoryLimitMb: 64,
      cpuLimitSeconds: null,
      softLimitRatio: 0.9,
      dataAllowanceMb: 128,
    };
    await isolate.assign(assignment);
    expect([channel.assigned, isolate.memoryLimitMb]).toEqual([[assignment], 64]);
  });

  test('passes on what its guest says, and its report', async () => {
    const { isolate, channel, notices } = await ready();
    channel.onNotice({ kind: 'no-hard-limit' });
    expect(notices).toEqual([{ kind: 'no-hard-limit' }]);
    expect(await isolate.report()).toEqual(reportWith(1));
  });
});

describe('an isolate that is told to end', () => {
  test('is gone as soon as its process is', async () => {
    const { isolate, told } = await ready();
    const end = { reason: 'stopped', detail: 'pool closed' } as const;
    expect(await isolate.end(end)).toBe('gone');
    await turns();
    expect([isolate.state, told]).toEqual(['stopped', [['ended', end, 0], 'gone']]);
  });

  test('ends by its first cause', async () => {
    const { isolate, told } = await ready();
    await isolate.end({ reason: 'idle', detail: 'first' });
    await isolate.end({ reason: 'exit', detail: 'second' });
    await turns();
    expect(isolate.endedWith).toEqual({ reason: 'idle', detail: 'first' });
    expect(told).toHaveLength(2);
  });

  test('is ended by the host even where it noticed its end itself', async () => {
    const { channel } = await ready();
    channel.goesAtOnce = false;
    channel.end({ reason: 'uncaught', detail: 'boom' });
    await turns();
    expect(channel.ends).toHaveLength(2);
  });

  test('is stuck when it is not gone within a second, and stopped when it goes later', async () => {
    const { isolate, channel, clock, told } = await ready();
    channel.goesAtOnce = false;
    const ending = isolate.end({ reason: 'unresponsive', detail: 'native code' });
    await turns();
    clock.advance(999);
    await turns();
    expect(isolate.state).toBe('stopping');
    clock.advance(1);
    expect(await ending).toBe('stuck');
    await turns();
    expect([isolate.state, told.at(-1)]).toEqual(['stuck', 'stuck']);
    channel.goAway();
    await turns();
    expect([isolate.state, told.at(-1)]).toEqual(['stopped', 'gone']);
  });

  test('is stopped when it goes at the very end of its time', async () => {
    const { isolate, channel, clock } = await ready();
    channel.goesAtOnce = false;
    void isolate.end({ reason: 'stopped', detail: 'pool closed' });
    await turns();
    clock.advance(1_000);
    channel.goAway();
    await turns();
    expect(isolate.state).toBe('stopped');
  });
});

describe('an isolate that drains', () => {
  test('ends at once when it has no session', async () => {
    const { isolate } = await ready();
    isolate.drain();
    expect([isolate.state, isolate.isOpen]).toEqual(['draining', false]);
    await turns();
    expect(isolate.endedWith).toEqual({ reason: 'recycled', detail: 'drained' });
  });

  test('ends when its last session has ended', async () => {
    const one = await ready();
    await one.open('s1');
    await one.open('s2');
    one.isolate.drain();
    one.complete('s1');
    await turns();
    expect(one.isolate.endedWith).toBeUndefined();
    one.complete('s2');
    await turns();
    expect(one.isolate.endedWith?.reason).toBe('recycled');
    expect([one.reasonsOf('s1'), one.reasonsOf('s2')]).toEqual([['completed'], ['completed']]);
  });

  test('does not drain before it is ready or after it has ended', async () => {
    const { isolate } = kept(new TestIsolate());
    isolate.drain();
    expect(isolate.state).toBe('starting');
    await isolate.end({ reason: 'stopped', detail: 'pool closed' });
    await turns();
    isolate.drain();
    expect(isolate.state).toBe('stopped');
  });
});
