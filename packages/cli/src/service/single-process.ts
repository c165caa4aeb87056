/** A service without a parent: one process that listens itself, and that nobody starts again. */
import { closeOnSignals } from '@tenantry/core';
import type { Configuration, ConfigurationSource } from './configuration.js';
import { listenOn, type Address } from './listening.js';
import { RunningConfiguration } from './running-configuration.js';
import type { PoolFacts, ServiceParts } from './service.js';
import { followAgents, followConfiguration } from './watched-service.js';

/**
 * Resolves when it listens; from then on signals end this process.
 * @throws TENANTRY_ADDRESS_IN_USE, TENANTRY_LISTEN_FAILED and what `RunningConfiguration.start` throws;
 *   nothing is left running then
 */
export async function serveHere(
  source: ConfigurationSource,
  { service: { host, port } }: Configuration,
  parts: ServiceParts,
): Promise<{ readonly address: Address; readonly facts: PoolFacts }> {
  const running = await RunningConfiguration.start(
    source,
    { lastGood: null, isTried: true },
    parts,
  );
  const { service } = running;
  let address: Address;
  try {
    address = await listenOn(service.server, { host, port });
  } catch (error) {
    await service.close();
    throw error;
  }
  running.endOnSignals((timeouts) => closeOnSignals(service, timeouts));
  await followConfiguration(running, parts.clock);
  await followAgents(running, parts);
  return { address, facts: service.facts() };
}
