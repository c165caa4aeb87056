/** Two pools in one process, whose sessions block the loop that they share, and threads of their own. */
import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { askInspector } from '@tenantry/core/internal';
import type { SessionHandle, Snapshot } from '@tenantry/core';
import { isolates } from '../../src/index.js';
import { next, until } from '../support/rungs.js';
import { pause, say, startWatched, type WatchedHost } from '../support/watched-host.js';

const threads = (): number => readdirSync('/proc/self/task').length;

async function start(name: string): Promise<WatchedHost> {
  const host = await startWatched({
    name,
    isolates,
    agents: [],
    tenants: { threaded: { isolation: 'process', isolate: 'worker_threads' } },
  });
  await host.pool.discover(new URL('../agents/', import.meta.url));
  return host;
}

// Threads of Node's own that come with the first file that is looked at.
await stat('.');
const before = threads();
const one = await start('one');
const withOne = threads();
const other = await start('other');
say('observers', { first: withOne - before, second: threads() - withOne });
say('sockets', one.pool.socketPath !== other.pool.socketPath);

const open = (host: WatchedHost, tenant: string): Promise<SessionHandle> =>
  host.pool.open({ tenant, agent: 'blocks-loop' });
async function block(session: SessionHandle): Promise<void> {
  await session.send({ way: 'message', ms: 200 });
  await next(session);
}

for (const tenant of ['shared', 'threaded']) {
  const [mine, theirs] = [await open(one, tenant), await open(other, tenant)];
  // Starting pools and loading agents is work of the host's, which may have been a block.
  await pause(200);
  for (const { events } of [one, other]) events.splice(0);
  await block(mine);
  await until('it is told', () => one.ended().length >= 1).catch(() => {});
  await pause(100);
  const told = ({ events }: WatchedHost): unknown[] =>
    events.splice(0).flatMap((event) => {
      if (event.kind !== 'loop.blocked') return [];
      return [[event.isOngoing, event.session === mine.id, event.tenant]];
    });
  say(tenant, { one: told(one), other: told(other) });
  await block(theirs);
  await until('it is told', () => other.ended().length >= 1).catch(() => {});
  await pause(100);
  say(`${tenant} of the other`, { one: told(one).length, other: told(other).length });
}
const slow = async ({ pool }: WatchedHost): Promise<number> => {
  const { tenants } = (await askInspector(pool.socketPath!, { command: 'snapshot' })) as Snapshot;
  return tenants.reduce((sum, { blocked }) => sum + blocked.count, 0);
};
say('counted', { one: await slow(one), other: await slow(other) });
await one.pool.close();
say('after one has closed', await slow(other));
await other.pool.close();
await until('the observer is gone', () => threads() <= withOne - 1, 20_000).catch(() => {});
