/** One run from the pool's start to its close. */
import { once } from 'node:events';
import { Load } from './load.js';
import type { Options } from './options.js';
import { toResult, type Result } from './result.js';
import { TENANTS, createPool } from './tenants.js';
import type { Clip } from './wav.js';

/** How long calls may take to end after an interrupt. */
const DRAIN_MS = 2_000;

export interface RunHooks {
  /** Interrupts the run: calls are hung up, what does not end by itself is ended. */
  readonly signal: AbortSignal;
  /** Shows the progress of a load that is about to start; answers how to stop showing it. */
  readonly watch: (load: Load) => () => void;
}

/** Undefined when it was interrupted. */
export async function run(
  options: Pick<Options, 'calls' | 'seconds'>,
  clips: readonly Clip[],
  { signal, watch }: RunHooks,
): Promise<Result | undefined> {
  const pool = await createPool(options.calls);
  const load = new Load({
    pool,
    clips,
    callsPerTenant: options.calls,
    seconds: options.seconds,
    signal,
  });
  const stopWatching = watch(load);
  try {
    await pool.start();
    const interrupted = signal.aborted ? Promise.resolve() : once(signal, 'abort');
    const findings = await Promise.race([load.run(), interrupted.then(() => undefined)]);
    if (findings === undefined || signal.aborted) {
      await pool.drain({ timeoutMs: DRAIN_MS });
      return undefined;
    }
    // After the last call and before the isolates end: the books are closed, the figures are fresh.
    return toResult(findings, TENANTS, clips, await pool.snapshot());
  } finally {
    stopWatching();
    await pool.close();
  }
}
