/** A host that blocks its own loop, and one whose collector does; with `--expose-gc` and `--single-threaded-gc`. */
import process from 'node:process';
import { defineAgent } from '@tenantry/core';
import { next, until } from '../support/rungs.js';
import { pause, say, spin, spinner, startWatched } from '../support/watched-host.js';

const collect = (globalThis as { gc?: () => void }).gc!;
const collector = defineAgent({
  name: 'collector',
  async run(session) {
    for await (const _message of session.messages) {
      collect();
      await session.send('collected');
    }
  },
});

const { pool, events } = await startWatched({ agents: [spinner, collector] });
const session = await pool.open({ tenant: 'acme', agent: 'collector' });

async function told(): Promise<unknown> {
  await until('a block has ended', () =>
    events.some((event) => event.kind === 'loop.blocked' && !event.isOngoing),
  ).catch(() => {});
  await pause(60);
  return events.splice(0).flatMap((event) => {
    if (event.kind !== 'loop.blocked') return [];
    const { cause, tenant, session: of, isOngoing, place } = event;
    return [{ cause, tenant, session: of, isOngoing, function: place?.function ?? null }];
  });
}

await pause(100);
(function hostWork() {
  spin(200);
})();
say('host', await told());

// Large enough that a collection takes several thresholds.
const kept = Array.from({ length: 2_000_000 }, (_, at) => ({ at, next: { at } }));
await told();
await pause(100);
collect();
say('collected by the host', await told());
await session.send('collect');
await next(session);
say('collected in a turn', await told());
const { tenants } = await pool.snapshot();
say('blocks of the tenant', tenants.find(({ tenant }) => tenant === 'acme')!.blocked.count);
await pool.close();
process.exitCode = kept.length === 0 ? 1 : 0;
