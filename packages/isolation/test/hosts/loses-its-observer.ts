/** A host whose observer thread is told what it cannot understand, and dies of it. */
import { Worker } from 'node:worker_threads';
import { askInspector } from '@tenantry/core/internal';
import type { Snapshot } from '@tenantry/core';
import { until } from '../support/rungs.js';
import { pause, say, spinIn, startWatched } from '../support/watched-host.js';

/** Whoever is posted to: the pool has one worker, its observer. */
let observer: Worker | undefined;
// oxlint-disable-next-line unbound-method -- called with its worker below
const { postMessage } = Worker.prototype;
Worker.prototype.postMessage = function posted(this: Worker, ...message) {
  // oxlint-disable-next-line no-this-alias -- the worker is what is looked for
  observer = this;
  postMessage.apply(this, message);
};

const { pool, events, lines, ended } = await startWatched();
const ask = (): Promise<Snapshot> =>
  askInspector(pool.socketPath!, { command: 'snapshot' }) as Promise<Snapshot>;
await ask();
observer!.postMessage(null);
await until('its end is told', () => events.some(({ kind }) => kind === 'observer.ended'));
say(
  'event',
  events.find(({ kind }) => kind === 'observer.ended'),
);
say('log', lines.find(({ kind }) => kind === 'observer.ended')?.level ?? null);
say('state', (await pool.snapshot()).observer.state);

let healed: Snapshot | undefined;
await until('the socket answers again', async () => {
  healed = await ask().catch(() => undefined);
  return healed !== undefined;
});
say('healed', { state: healed!.observer.state, restarts: healed!.observer.restarts });
const session = await pool.open({ tenant: 'acme', agent: 'spinner' });
await pause(60);
await spinIn(session, 200);
await until('its block has ended', () => ended().length > 0).catch(() => {});
say(
  'blocks',
  ended().map(({ tenant, place }) => [tenant, place?.function]),
);
await pool.close();
