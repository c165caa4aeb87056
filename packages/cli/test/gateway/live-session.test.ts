import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TICKET_PROTOCOL_PREFIX, type ServerFrame } from '@tenantry/core/client';
import { openSession, refusal } from './calls.js';
import { startGateway, type StartedGateway } from './started-gateway.js';
import { TestSocket } from './test-socket.js';
import { until } from './until.js';

let started: StartedGateway;
beforeAll(async () => {
  started = await startGateway({
    options: {
      maxFrameBytes: 65_536,
      maxUnackedFrames: 8,
      maxSendQueueBytes: 65_536,
      slowReaderTimeoutMs: 200,
    },
    pool: { messages: { highWaterMessages: 4 } },
  });
});
afterAll(async () => started[Symbol.asyncDispose]());

const socketOf = (path: string, received?: number, protocols: readonly string[] = []): TestSocket =>
  new TestSocket(
    `${started.url}${path}${received === undefined ? '' : `?received=${received}`}`,
    protocols,
  );

async function attached(body: object, received?: number) {
  const opened = await openSession(started, body);
  const socket = socketOf(opened.url, received);
  const welcome = (await socket.nextOf('welcome')) as ServerFrame & { type: 'welcome' };
  return { ...opened, socket, welcome };
}

describe('a session over a WebSocket', () => {
  test('text and bytes go both ways, and the end brings the outcome', async () => {
    const { session, url, ticket } = await openSession(started, { tenant: 'acme', agent: 'echo' });
    const socket = socketOf(url, undefined, [`${TICKET_PROTOCOL_PREFIX}${ticket}`]);
    expect(await socket.next()).toMatchObject({ type: 'welcome', session, received: 0 });
    socket.message({ text: 'hello', list: [1, null, true] });
    expect(await socket.next()).toEqual({
      type: 'message',
      data: { text: 'hello', list: [1, null, true] },
    });
    socket.send(new Uint8Array([1, 2, 255]));
    expect(await socket.next()).toEqual(new Uint8Array([1, 2, 255]));
    socket.send({ type: 'close' });
    expect(await socket.next()).toMatchObject({
      type: 'end',
      outcome: { session, tenant: 'acme', status: 'succeeded', result: { turns: 2 }, error: null },
    });
    expect(await socket.closed).toEqual({ code: 1000, reason: 'ended' });
    await until(
      'it is forgotten',
      async () => (await fetch(`${started.url}${url}`)).status === 404,
    );
    const again = socketOf(url, undefined, [`${TICKET_PROTOCOL_PREFIX}${ticket}`]);
    await expect(again.opened).rejects.toThrow('401');
  });

  test('an agent that throws ends it with its error and without a stack', async () => {
    const { socket } = await attached({ agent: 'fails' });
    const { outcome } = (await socket.nextOf('end')) as ServerFrame & { type: 'end' };
    expect(outcome).toMatchObject({
      reason: 'failed',
      error: { code: null, message: 'as intended' },
    });
    expect(JSON.stringify(outcome)).not.toMatch(/stack|started-gateway/);
  });

  test('what JSON cannot carry is told in its place', async () => {
    const { socket } = await attached({ agent: 'lossy' });
    expect(await socket.next()).toEqual({
      type: 'lost',
      code: 'TENANTRY_MESSAGE_UNCLONEABLE',
      message: '$.inner[0].map: a Map; JSON cannot carry it',
    });
    expect(await socket.next()).toEqual({
      type: 'message',
      data: { at: '1970-01-01T00:00:00.000Z' },
    });
    expect(await socket.nextOf('end')).toMatchObject({ outcome: { result: null } });
  });

  test('a message the session refuses is told by its number, and the next one goes through', async () => {
    const { socket } = await attached({ agent: 'echo' });
    socket.message(1);
    socket.socket.send('{"type":"message","data":{"__proto__":{"polluted":true}}}');
    socket.socket.send(`{"type":"message","data":${'['.repeat(200)}${']'.repeat(200)}}`);
    socket.message(2);
    const frames: unknown[] = [];
    while (frames.length < 4) frames.push(await socket.next());
    expect(frames).toEqual(
      expect.arrayContaining([
        { type: 'message', data: 1 },
        expect.objectContaining({ frame: 2, code: 'TENANTRY_MESSAGE_UNCLONEABLE' }),
        expect.objectContaining({ frame: 3, code: 'TENANTRY_MESSAGE_TOO_DEEP' }),
        { type: 'message', data: 2 },
      ]),
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    socket.send({ type: 'cancel', detail: 'enough' });
    expect(await socket.nextOf('end')).toMatchObject({ outcome: { reason: 'cancelled' } });
  });

  test.each([
    ['no JSON', 'hello'],
    ['of an unknown type', '{"type":"hello"}'],
    ['an array', '[1]'],
    ['a message without data', '{"type":"message"}'],
    ['an ack of what was never sent', '{"type":"ack","received":7}'],
    ['an ack of a strange number', '{"type":"ack","received":-1}'],
  ])(
    'a frame that is %s closes the socket with 4400; the session can be resumed',
    async (_, text) => {
      const { socket, url } = await attached({ agent: 'echo' }, 0);
      socket.socket.send(text);
      expect(await socket.closed).toMatchObject({ code: 4400 });
      const again = socketOf(url, 0);
      await again.nextOf('welcome');
      again.send({ type: 'cancel' });
      await again.closed;
    },
  );

  test('a frame over the limit closes the socket with 1009; the session can be resumed', async () => {
    const { socket, url } = await attached({ agent: 'echo' }, 0);
    socket.message('x'.repeat(100_000));
    expect(await socket.closed).toMatchObject({ code: 1009 });
    const again = socketOf(url, 0);
    expect(await again.nextOf('welcome')).toMatchObject({ received: 0 });
    again.send({ type: 'cancel' });
    await again.closed;
  });
});

describe('a socket that breaks', () => {
  test('is resumed by the counts of both sides: nothing lost, nothing doubled', async () => {
    const { socket, url } = await attached({ agent: 'counts', input: { count: 30 } }, 0);
    for (const at of [1, 2, 3]) expect(await socket.next()).toEqual({ type: 'message', data: at });
    // More have been sent; whoever resumes says how many have come.
    socket.socket.terminate();
    const second = socketOf(url, 3);
    await second.nextOf('welcome');
    for (let at = 4; at <= 30; at += 1) {
      expect(await second.nextOf('message')).toEqual({ type: 'message', data: at });
      second.send({ type: 'ack', received: at });
    }
    second.message('done');
    expect(await second.nextOf('end')).toMatchObject({ outcome: { messagesOut: 30 } });
  });

  test('the server says what it has taken, and cannot go back behind what was acknowledged', async () => {
    const { socket, url } = await attached({ agent: 'echo' }, 0);
    for (const at of [1, 2, 3]) socket.message(at);
    for (const at of [1, 2, 3]) expect(await socket.nextOf('message')).toMatchObject({ data: at });
    socket.send({ type: 'ack', received: 2 });
    await until('the ack has come', async () => {
      const info = await (await fetch(`${started.url}${url}`)).json();
      return (info as { resumableFrom: number }).resumableFrom === 2;
    });
    socket.socket.terminate();
    await expect(socketOf(url, 1).opened).rejects.toThrow('410');
    await expect(socketOf(url, 4).opened).rejects.toThrow('410');
    const again = socketOf(url, 2);
    expect(await again.next()).toMatchObject({ type: 'welcome', received: 3 });
    expect(await again.next()).toEqual({ type: 'message', data: 3 });
    again.send({ type: 'cancel' });
    await again.closed;
  });

  test('a second connection takes over, by the ticket that the first was given', async () => {
    const { socket, url, welcome } = await attached({ agent: 'echo' }, 0);
    const other = await attached({ agent: 'echo' });
    const wrong = [`${TICKET_PROTOCOL_PREFIX}${other.welcome.resumeTicket}`];
    await expect(socketOf(url, 0, wrong).opened).rejects.toThrow('401');
    const own = [`${TICKET_PROTOCOL_PREFIX}${welcome.resumeTicket}`];
    const second = socketOf(url, 0, own);
    await second.nextOf('welcome');
    expect(await socket.closed).toMatchObject({ code: 4409 });
    second.message('still here');
    expect(await second.nextOf('message')).toMatchObject({ data: 'still here' });
    for (const each of [second, other.socket]) each.send({ type: 'cancel' });
    await second.closed;
  });

  test('hears that it will be ended; whoever connects meanwhile hears it, too', async () => {
    const tenant = 'leaving';
    const [here, other] = [
      await attached({ tenant, agent: 'deaf' }),
      await attached({ agent: 'deaf' }),
    ];
    const late = await openSession(started, { tenant, agent: 'deaf' });
    const draining = started.pool.drain({ tenant, timeoutMs: 60_000 });
    const said = { type: 'notice', reason: 'drained', detail: 'a drain has begun' };
    expect(await here.socket.next()).toMatchObject(said);
    const resumed = socketOf(here.url, 0);
    const lateSocket = socketOf(late.url);
    for (const socket of [resumed, lateSocket]) {
      expect(await socket.next()).toMatchObject({ type: 'welcome' });
      const notice = (await socket.next()) as ServerFrame & { type: 'notice' };
      expect(notice).toMatchObject(said);
      expect(notice.leftMs).toBeLessThanOrEqual(60_000);
      socket.send({ type: 'cancel' });
      expect(await socket.next()).toMatchObject({ type: 'end' });
    }
    await draining;
    // Another tenant's is not ended, and is told nothing.
    other.socket.send({ type: 'cancel' });
    expect(await other.socket.next()).toMatchObject({ type: 'end' });
  });

  test('an end that nobody was there for waits for the client', async () => {
    const { socket, url } = await attached({ agent: 'counts', input: { count: 2 } }, 0);
    await socket.nextOf('message');
    socket.message('done');
    socket.socket.terminate();
    await until('it has ended', async () => {
      const info = await (await fetch(`${started.url}${url}`)).json();
      return (info as { state: string }).state === 'ended';
    });
    const again = socketOf(url, 1);
    await again.nextOf('welcome');
    expect(await again.next()).toEqual({ type: 'message', data: 2 });
    expect(await again.next()).toMatchObject({ type: 'end', outcome: { status: 'succeeded' } });
  });
});

describe('flow', () => {
  test('an agent waits for a client that does not acknowledge', async () => {
    const { socket, session, url } = await attached({ agent: 'counts', input: { count: 100 } }, 0);
    for (let at = 1; at <= 8; at += 1) expect(await socket.next()).toMatchObject({ data: at });
    await until('the agent waits', async () => {
      const { sessions } = await started.pool.snapshot();
      return sessions.find((row) => row.session === session)!.queuedOut >= 4;
    });
    const before = await started.pool.snapshot();
    socket.send({ type: 'ack', received: 8 });
    expect(await socket.next()).toMatchObject({ data: 9 });
    const sent = before.sessions.find((row) => row.session === session)!.messagesOut;
    expect(sent).toBeLessThan(20);
    await fetch(`${started.url}${url}`, { method: 'DELETE' });
    socket.socket.terminate();
  });

  test('a client waits for an agent that does not read: its socket is not read', async () => {
    const { socket, session, url } = await attached({ agent: 'deaf' });
    const chunk = 'x'.repeat(60_000);
    for (let at = 0; at < 400; at += 1) socket.message(chunk);
    await until('the session is full', async () => {
      const { sessions } = await started.pool.snapshot();
      return sessions.find((row) => row.session === session)!.queuedIn >= 4;
    });
    // 24 MB were sent; what does not fit into the kernel's buffers is still here.
    await new Promise((resolve) => setImmediate(resolve));
    expect(socket.socket.bufferedAmount).toBeGreaterThan(5_000_000);
    const cancelled = await fetch(`${started.url}${url}`, { method: 'DELETE' });
    expect(await cancelled.json()).toMatchObject({ reason: 'cancelled' });
    socket.socket.terminate();
  });
});

test('a client that reads too slowly is closed with 1013, and the session can be resumed', async () => {
  const input = { count: 5_000, padding: 10_000 };
  const { socket, url } = await attached({ agent: 'counts', input });
  // Long enough for the queue to fill and to stay full; then it reads on, up to the close.
  socket.socket.once('message', () => {
    socket.socket.pause();
    setTimeout(() => socket.socket.resume(), 2_500);
  });
  expect(await socket.closed).toMatchObject({ code: 1013 });
  const again = socketOf(url);
  await again.nextOf('welcome');
  await fetch(`${started.url}${url}`, { method: 'DELETE' });
  again.socket.terminate();
});

test('another caller does not learn that a session exists', async () => {
  expect(await refusal(fetch(`${started.url}/v1/sessions/none`))).toEqual([
    404,
    'TENANTRY_SESSION_UNKNOWN',
  ]);
});
