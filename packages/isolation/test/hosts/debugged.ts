/** A host with a debugger port, whose sessions block while it is open and after it is closed. */
import inspector from 'node:inspector';
import { isolates } from '../../src/index.js';
import { next, until } from '../support/rungs.js';
import { pause, say, startWatched } from '../support/watched-host.js';

const { pool, events, ended } = await startWatched({
  isolates,
  agents: [],
  tenants: { threaded: { isolation: 'process', isolate: 'worker_threads' } },
});
await pool.discover(new URL('../agents/', import.meta.url));
const sessions = [
  await pool.open({ tenant: 'shared', agent: 'blocks-loop' }),
  await pool.open({ tenant: 'threaded', agent: 'blocks-loop' }),
];

async function blockAll(): Promise<void> {
  for (const session of sessions) {
    await session.send({ way: 'message', ms: 200 });
    await next(session);
  }
}

await pause(60);
await blockAll();
await pause(200);
say('open', inspector.url() !== undefined);
say('while open', events.filter(({ kind }) => kind === 'loop.blocked').length);
inspector.close();
await pause(200);
await blockAll();
await until('both blocks have ended', () => ended().length >= 2).catch(() => {});
say(
  'after',
  ended().map(({ tenant }) => tenant),
);
await pool.close();
