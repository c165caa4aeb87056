/**
 * Plain Piscina in its default size: each frame and each call of the offender is a task, and all tenants
 * share the threads, which are all started before. A flood is as many tasks under way as a session may
 * have messages.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { inFlight } from '../../harness.js';
import type { Kind } from '../plan.js';
import type { Contender } from './contender.js';

const FLOOD_WIDTH = 64;
const FLOOD_MS = 1_000;
/** What Piscina starts at most, unless it is told; it would end idle ones at once. */
const THREADS = Math.floor(availableParallelism() * 1.5);

export type Task =
  | { readonly call: number; readonly pcm: Uint8Array }
  | { readonly kind: Kind }
  | 'message';

export function piscina(kind: Kind): Contender {
  const saidAt = new Float64Array(new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT));
  const pool = new Piscina<Task, boolean | undefined>({
    filename: new URL('./piscina-thread.js', import.meta.url).href,
    workerData: saidAt,
    minThreads: THREADS,
    maxThreads: THREADS,
  });
  let calls = 0;
  return {
    confinedAtMs: undefined,
    get offendsAtEpochMs() {
      return saidAt[0] === 0 ? undefined : saidAt[0];
    },
    async openCall(_tenant, events) {
      const call = calls++;
      return {
        send(number, pcm) {
          pool.run({ call, pcm }).then(
            () => events.answered(number),
            (error: Error) => events.failed(error.message),
          );
        },
      };
    },
    async offend() {
      if (kind !== 'flood') {
        await pool.run({ kind }).catch(() => {});
        return;
      }
      saidAt[0] ||= Date.now();
      const untilMs = performance.now() + FLOOD_MS;
      await inFlight(Infinity, FLOOD_WIDTH, async () => {
        await pool.run('message');
        if (performance.now() >= untilMs) throw new Error('the time is up');
      }).catch(() => {});
    },
  };
}
