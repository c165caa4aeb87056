/** Has a service look after its files: its configuration, and its agents where it watches them. */
import process from 'node:process';
import type { Clock } from '@tenantry/core/internal';
import type { RunningConfiguration } from './running-configuration.js';
import { lookAtFile, watchFor } from './watching.js';

/** SIGHUP and a change of the file have it read again. Returns what stops it. */
export async function followConfiguration(
  running: RunningConfiguration,
  clock: Clock,
): Promise<() => void> {
  const onHangup = (): void => void running.reload();
  process.on('SIGHUP', onHangup);
  const { file } = running.configuration;
  const looking =
    file === undefined
      ? undefined
      : await watchFor(lookAtFile(file.file), clock, () => running.reload());
  return () => {
    process.off('SIGHUP', onHangup);
    looking?.cancel();
  };
}
