/** What a pool leaves running in its process, with introspection and without. */
import { executionAsyncId } from 'node:async_hooks';
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { pause, say, spinIn, startWatched } from '../support/watched-host.js';

/** Without a hook, Node numbers no turn of a promise. */
const numbersPromises = async (): Promise<boolean> =>
  (await Promise.resolve().then(() => executionAsyncId())) !== 0;

async function running(): Promise<unknown> {
  return {
    threads: readdirSync('/proc/self/task').length,
    resources: process
      .getActiveResourcesInfo()
      .filter((name) => !name.endsWith('Wrap'))
      .sort(),
    numbersPromises: await numbersPromises(),
    answersProbes: Symbol.for('tenantry.turn-probe') in globalThis,
  };
}

// Threads of Node's own that come with the first file read.
await pause(50);
say('before', await running());
const { pool, events } = await startWatched({
  enableIntrospection: process.argv[2] === 'with',
});
say('open', await running());
say('socket', pool.socketPath !== undefined);
const session = await pool.open({ tenant: 'acme', agent: 'spinner' });
await spinIn(session, 120);
await pause(100);
const { isolates, sessions, unattributed, observer, system } = await pool.snapshot();
say('seen', {
  blocks: events.filter(({ kind }) => kind === 'loop.blocked').length > 0,
  cpu: sessions[0]!.cpu !== null,
  unattributed: unattributed !== null,
  system: system !== null,
  observer: observer.state,
  isolates: isolates.length,
});
await session.close();
await pool.close();
await pause(50);
const { threads, answersProbes } = (await running()) as Record<string, unknown>;
// A session has run in an AsyncLocalStorage, whose own hook stays.
say('closed', { threads, answersProbes });
