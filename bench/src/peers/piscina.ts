/** Piscina, one task a call, in each of the settings in which a user might run it. */
import { Piscina } from 'piscina';
import { inFlight } from '../harness.js';
import { MESSAGE, type EchoPeer } from './echo-peer.js';

export interface PiscinaSetting {
  readonly name: string;
  readonly atomics: 'sync' | 'disabled';
  readonly concurrentTasksPerWorker: number;
  /** Left out, Piscina chooses: one and a half times the cores. */
  readonly threads?: number;
}

/** All on one worker, as one isolate is. */
export const ONE_WORKER: readonly PiscinaSetting[] = [
  { name: 'defaults, one worker', atomics: 'sync', concurrentTasksPerWorker: 1, threads: 1 },
  { name: '64 tasks a worker', atomics: 'sync', concurrentTasksPerWorker: 64, threads: 1 },
  {
    name: '64 tasks a worker, atomics disabled',
    atomics: 'disabled',
    concurrentTasksPerWorker: 64,
    threads: 1,
  },
];

/** The same, and as many workers as Piscina itself would start. */
export const ANY_WORKERS: readonly PiscinaSetting[] = [
  ...ONE_WORKER,
  { name: 'defaults', atomics: 'sync', concurrentTasksPerWorker: 1 },
];

export function piscinaPool(setting: PiscinaSetting): Piscina<unknown, unknown> {
  const { atomics, concurrentTasksPerWorker, threads } = setting;
  return new Piscina({
    filename: new URL('./piscina-entry.js', import.meta.url).href,
    atomics,
    concurrentTasksPerWorker,
    ...(threads === undefined ? {} : { minThreads: threads, maxThreads: threads }),
  });
}

export function piscinaPeer(setting: PiscinaSetting): EchoPeer {
  const pool = piscinaPool(setting);
  return {
    name: setting.name,
    exchange: (count, width) => inFlight(count, width, () => pool.run(MESSAGE)),
    close: () => pool.destroy(),
  };
}

/** The best of the settings, by the figure that was measured for each. */
export function best(
  measured: ReadonlyMap<string, number>,
  settings: readonly PiscinaSetting[],
): { readonly name: string; readonly perSecond: number } {
  const [first] = settings
    .map(({ name }) => ({ name, perSecond: measured.get(name)! }))
    .sort((a, b) => b.perSecond - a.perSecond);
  return first!;
}
