/** Clients that want nothing, or do not read what they wanted; one that behaves does not notice. */
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock, type Clock } from '@tenantry/core/internal';
import { openSession } from './calls.js';
import { startGateway, type StartedGateway } from './started-gateway.js';
import { TestSocket } from './test-socket.js';
import { until } from './until.js';

const IDLE_CONNECTIONS = 1_000;

const SLOW_READER_MS = 12_345;

let started: StartedGateway;
/** Runs when a full send queue would have been waited for long enough. */
let giveUp: (() => void) | undefined;
const clock: Clock = {
  ...systemClock,
  after(delayMs, run) {
    if (delayMs !== SLOW_READER_MS) return systemClock.after(delayMs, run);
    giveUp = run;
    return { cancel: () => (giveUp = undefined) };
  },
};
beforeAll(async () => {
  started = await startGateway({
    options: {
      headersTimeoutMs: 2_000,
      requestTimeoutMs: 2_000,
      maxSendQueueBytes: 65_536,
      slowReaderTimeoutMs: SLOW_READER_MS,
      maxUnackedBytes: 64 * 1_048_576,
      maxUnackedFrames: 100_000,
    },
    clock,
  });
});
afterAll(async () => started[Symbol.asyncDispose]());

test('a thousand connections that ask for nothing are closed, and a session does not notice', async () => {
  const { url } = await openSession(started);
  const session = new TestSocket(`${started.url}${url}`);
  await session.nextOf('welcome');
  let closedCount = 0;
  const idle = Array.from({ length: IDLE_CONNECTIONS }, () => {
    const socket = net.connect(started.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.on('close', () => (closedCount += 1));
    // What the server says before it closes is read, or the close is never seen.
    return socket.resume();
  });
  await Promise.all(idle.map((socket) => once(socket, 'connect')));
  session.message('hello');
  expect(await session.nextOf('message')).toMatchObject({ data: 'hello' });
  await until('all of them are closed', () => closedCount === IDLE_CONNECTIONS);
  session.message('still here');
  expect(await session.nextOf('message')).toMatchObject({ data: 'still here' });
  session.send({ type: 'close' });
  await session.closed;
});

test('a client that does not read is closed with 1013, and may come back', async () => {
  const input = { count: 2_000, padding: 16_384 };
  const { url, session } = await openSession(started, { agent: 'counts', input });
  const path = `${started.url}${url}?received=0`;
  const deaf = new TestSocket(path);
  await deaf.nextOf('welcome');
  deaf.socket.pause();
  await until('its send queue is full', () => giveUp !== undefined);
  giveUp!();
  // Behind all that it has not read.
  deaf.socket.resume();
  expect(await deaf.closed).toMatchObject({ code: 1013 });
  const again = new TestSocket(path);
  expect(await again.nextOf('welcome')).toMatchObject({ session });
  again.send({ type: 'cancel' });
  expect(await again.nextOf('end')).toMatchObject({ outcome: { reason: 'cancelled' } });
  await again.closed;
});
