/**
 * Has a configuration that is code loaded by a child before it is loaded here: one that exits, crashes or
 * never ends is refused then, like one that does not parse.
 */
import process from 'node:process';
import { fromWireError, type Clock, type WireError } from '@tenantry/core/internal';
import { loadElsewhere } from '../source/loading-process.js';
import { CONFIG_LOAD_TIMEOUT_MS, failed, late } from './config-module.js';

const ENTRY = new URL('config-trial-entry.js', import.meta.url);

export type TrialMessage =
  | { readonly kind: 'alive' }
  | { readonly kind: 'failed'; readonly error: WireError }
  | { readonly kind: 'done' };

/** @throws TENANTRY_CONFIG_FAILED */
export async function tryConfigModule(file: string, clock: Clock): Promise<void> {
  let error: Error | undefined;
  const { output, ...end } = await loadElsewhere(
    // Its own deadline is one of its loop.
    { entry: ENTRY, task: file, clock, stuckAfterMs: CONFIG_LOAD_TIMEOUT_MS, isQuiet: true },
    (said) => {
      const message = said as TrialMessage;
      if (message.kind === 'failed') error = fromWireError(message.error);
    },
  ).catch((cause: unknown) => {
    throw failed(file, `it could not be tried: ${(cause as Error).message}`, cause);
  });
  if (end.kind === 'stuck') error = late(file);
  if (end.kind === 'ended')
    error = failed(file, `it ended the process that loaded it (${end.how})`);
  if (error === undefined) return;
  process.stderr.write(output);
  throw error;
}
