/** Has a service look after its files: its configuration, and its agents where it watches them. */
import process from 'node:process';
import { codeOf } from '@tenantry/core';
import type { Clock } from '@tenantry/core/internal';
import type { RunningConfiguration } from './running-configuration.js';
import type { ServiceParts } from './service.js';
import { lookAtFile, lookAtFolder, watchFor } from './watching.js';

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

/**
 * Has agent files loaded again when they change, where the service watches them. What only agents import
 * is loaded anew in isolates; on the shared loop it takes a restart, which is said.
 */
export async function followAgents(
  { service, configuration }: RunningConfiguration,
  { clock }: ServiceParts,
): Promise<void> {
  const { watch, agents } = configuration.service;
  if (!watch) return;
  const { log } = service.pool;
  await watchFor(lookAtFolder(agents), clock, async () => {
    try {
      const { changed, added, removed, failed } = await service.pool.reload(agents);
      if (changed.length + added.length + removed.length + failed.length > 0) return;
      log.warn(
        { folder: agents },
        '[agents] a file that is no agent has changed: what imports it takes a restart',
      );
    } catch (error) {
      log.error(
        { code: codeOf(error) ?? null, message: (error as Error).message },
        '[agents] not reloaded: the old code stays',
      );
    }
  });
}
