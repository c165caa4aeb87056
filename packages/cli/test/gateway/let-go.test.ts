/** What is kept of a session that has ended, while its answers can still be asked for again. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from '@jest/globals';
import type { SessionHandle } from '@tenantry/core';
import { openSession } from './calls.js';
import { startGateway } from './started-gateway.js';
import { TestSocket } from './test-socket.js';
import { until } from './until.js';

const SESSIONS = 20;
/** A variable of a turn that is still on a stack may hold one. */
const MOST_HELD = 2;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('a session that was opened under a key is let go when it has ended', async () => {
  await using started = await startGateway();
  const opened: WeakRef<SessionHandle>[] = [];
  const { pool } = started;
  const open = pool.open.bind(pool);
  Object.assign(pool, {
    open: async (request: Parameters<typeof open>[0]) => {
      const handle = await open(request);
      opened.push(new WeakRef(handle));
      return handle;
    },
  });
  for (let at = 0; at < SESSIONS; at += 1) {
    const key = { 'idempotency-key': `key-${at}` };
    const { session, url } = await openSession(started, { agent: 'echo' }, key);
    const socket = new TestSocket(`${started.url}${url}`);
    socket.socket.once('open', () => socket.send({ type: 'close' }));
    await socket.closed;
    // Asked again it is the same session, with a ticket of its own.
    expect(await openSession(started, { agent: 'echo' }, key)).toMatchObject({ session });
  }
  expect(opened).toHaveLength(SESSIONS);
  await until('they are let go', () => {
    collect();
    return opened.filter((handle) => handle.deref() !== undefined).length <= MOST_HELD;
  });
});
