/** Messages, the same on every rung: what arrives, what is refused, who waits. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { RUNGS, closePools, next, on, rejection, startPool } from '../support/rungs.js';

afterEach(closePools);

const everything = {
  text: 'ü€😀',
  number: -0,
  nan: Number.NaN,
  big: 2n ** 70n,
  nothing: null,
  missing: undefined,
  date: new Date(86_400_000),
  expression: /a+b/giu,
  map: new Map<unknown, unknown>([[{ key: 1 }, new Set([1, 'two'])]]),
  bytes: new Uint8Array([1, 2, 3]),
  floats: new Float64Array([0.5, -1]),
  buffer: new Uint8Array([9, 8]).buffer,
  view: new DataView(new Uint8Array([7, 6, 5]).buffer, 1, 2),
  nested: { list: [[['deep']], { a: [1, { b: 2 }] }] },
  constructor: 'a key like any other',
  error: new RangeError('out', { cause: new Error('inner') }),
};

describe.each(RUNGS)('messages on the rung %s', (rung) => {
  const start = async (messages: object = {}) => {
    const pool = await startPool({ tenants: { acme: on(rung) }, messages });
    return { pool, session: await pool.open({ tenant: 'acme', agent: 'echo' }) };
  };

  test('arrive as they were sent, whatever their kind', async () => {
    const { session } = await start();
    await session.send(everything);
    const back = (await next(session)) as typeof everything;
    const { error: backError, ...backRest } = back;
    expect({ ...backRest, error: everything.error }).toEqual(everything);
    expect(backError).toMatchObject({ name: 'RangeError', message: 'out' });
    expect((backError.cause as Error).message).toBe('inner');
    expect(Object.is(back.number, -0)).toBe(true);
  });

  test('keep cycles and shared references', async () => {
    const { session } = await start();
    const shared = { shared: true };
    const cyclic: Record<string, unknown> = { first: shared, second: shared };
    cyclic['self'] = cyclic;
    await session.send(cyclic);
    const back = (await next(session)) as Record<string, unknown>;
    expect(back['self']).toBe(back);
    expect(back['first']).toBe(back['second']);
  });

  test('are taken as they are at the moment of sending', async () => {
    const { session } = await start();
    const message = { value: 'before', bytes: new Uint8Array([1]) };
    const sent = session.send(message);
    message.value = 'after';
    message.bytes[0] = 2;
    await sent;
    expect(await next(session)).toEqual({ value: 'before', bytes: new Uint8Array([1]) });
  });

  test('carry a Buffer as its own bytes and no one else’s', async () => {
    const { session } = await start();
    Buffer.from('secret of another tenant');
    await session.send({ data: Buffer.from('mine') });
    const { data } = (await next(session)) as { data: Uint8Array };
    expect(Buffer.from(data).toString()).toBe('mine');
    expect(data.buffer.byteLength).toBe(4);
    expect(data.byteOffset).toBe(0);
  });

  test('hand transferred buffers over', async () => {
    const { session } = await start();
    const samples = new Int16Array([1, -1, 300]);
    await session.send({ samples }, { transfer: [samples.buffer] });
    expect(samples.byteLength).toBe(0);
    expect(await next(session)).toEqual({ samples: new Int16Array([1, -1, 300]) });
  });

  test('arrive in order, all of them, once', async () => {
    const { session } = await start();
    const count = 5_000;
    const sending = (async () => {
      for (let number = 0; number < count; number += 1) await session.send(number);
      await session.close();
    })();
    const received: unknown[] = [];
    for await (const number of session.messages) received.push(number);
    await sending;
    expect(received).toEqual(Array.from({ length: count }, (_, number) => number));
  });

  test.each([
    ['a function', { list: [1, { run: () => {} }] }, 'UNCLONEABLE', 'message.list[1].run'],
    ['a symbol', { mark: Symbol('s') }, 'UNCLONEABLE', 'message.mark'],
    ['a promise', { later: Promise.resolve() }, 'UNCLONEABLE', 'message.later'],
    ['a Proxy', { proxy: new Proxy({}, {}) }, 'UNCLONEABLE', 'message.proxy'],
    ['a SharedArrayBuffer', [new SharedArrayBuffer(8)], 'UNCLONEABLE', 'message[0]'],
    [
      'a key __proto__',
      JSON.parse('{"a":{"__proto__":{"polluted":1}}}'),
      'UNCLONEABLE',
      '__proto__',
    ],
    ['50 MB of text', { text: 'x'.repeat(50_000_000) }, 'TOO_LARGE', '1048576'],
    ['a sparse array', Object.assign([], { length: 1_000_000_000 }), 'TOO_LARGE', '1048576'],
  ])('that hold %s are refused where they are sent', async (_what, message, problem, named) => {
    const { session } = await start();
    const error = await rejection(session.send(message));
    expect(error.code).toBe(`TENANTRY_MESSAGE_${problem}`);
    expect(error.message).toContain(named);
    await session.send('goes on');
    expect(await next(session)).toBe('goes on');
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('nested 200,000 deep are refused where they are sent', async () => {
    const { session } = await start();
    let deep: unknown = 'bottom';
    for (let level = 0; level < 200_000; level += 1) deep = [deep];
    expect((await rejection(session.send(deep))).code).toBe('TENANTRY_MESSAGE_TOO_DEEP');
    await session.send('goes on');
    expect(await next(session)).toBe('goes on');
  });

  test('that an agent cannot send fail it with the path', async () => {
    const { pool } = await start();
    const session = await pool.open({ tenant: 'acme', agent: 'returns', input: 'send' });
    const outcome = await session.done;
    expect(outcome).toMatchObject({
      reason: 'failed',
      error: { code: 'TENANTRY_MESSAGE_UNCLONEABLE', details: { path: 'message.bad' } },
    });
  });

  test('wait above the high-water mark until the agent has caught up', async () => {
    const pool = await startPool({
      tenants: { acme: on(rung) },
      messages: { highWaterMessages: 4 },
    });
    const session = await pool.open({ tenant: 'acme', agent: 'heeds-abort' });
    for (let number = 0; number < 4; number += 1) await session.send(number);
    let isSent = false;
    void session.send(4).then(() => (isSent = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isSent).toBe(false);
    expect((await pool.snapshot()).sessions[0]).toMatchObject({ queuedIn: 5 });
  });

  test('beyond what may wait are refused, and none is lost', async () => {
    const { session } = await start({ highWaterMessages: 4, maxWaitingMessages: 10 });
    const received: unknown[] = [];
    const reading = (async () => {
      for await (const number of session.messages) received.push(number);
    })();
    const sends = Array.from({ length: 40 }, (_, number) => session.send(number));
    const refused = (await Promise.allSettled(sends)).flatMap((one, number) =>
      one.status === 'rejected' ? [{ number, code: one.reason.code }] : [],
    );
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ code }) => code === 'TENANTRY_CHANNEL_OVERFLOW')).toBe(true);
    await session.close();
    await reading;
    const lost = new Set(refused.map(({ number }) => number));
    expect(received).toEqual(
      Array.from({ length: 40 }, (_, number) => number).filter((number) => !lost.has(number)),
    );
  });

  test('of an agent that floods and awaits are held back, and memory stays bounded', async () => {
    const { pool } = await start();
    const beforeBytes = process.memoryUsage.rss();
    const session = await pool.open({
      tenant: 'acme',
      agent: 'floods',
      input: { count: 8_000, bytes: 65_536, awaits: true },
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const { sessions } = await pool.snapshot();
    expect(sessions.find(({ agent }) => agent === 'floods')?.queuedOut).toBeLessThan(100);
    expect(process.memoryUsage.rss() - beforeBytes).toBeLessThan(64 * 1_048_576);
    await session.cancel();
  });

  test('of an agent that floods and does not await end it', async () => {
    const { pool } = await start();
    const session = await pool.open({
      tenant: 'acme',
      agent: 'floods',
      input: { count: 8_000, bytes: 65_536, awaits: false },
    });
    expect(await session.done).toMatchObject({
      reason: 'failed',
      error: { code: 'TENANTRY_CHANNEL_OVERFLOW' },
    });
  });

  test('sent before the end are still there after it', async () => {
    const { pool } = await start();
    const session = await pool.open({
      tenant: 'acme',
      agent: 'floods',
      input: { count: 20, bytes: 10, awaits: true },
    });
    expect((await session.done).result).toBe('sent');
    const numbers: unknown[] = [];
    for await (const message of session.messages) {
      numbers.push((message as { number: number }).number);
    }
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, number) => number));
  });

  test('nobody reads do not keep a closed session from ending', async () => {
    const { pool } = await start();
    const session = await pool.open({
      tenant: 'acme',
      agent: 'floods',
      input: { count: 200, bytes: 10, awaits: true },
    });
    expect(await session.close()).toMatchObject({ reason: 'completed', messagesOut: 200 });
  });
});
