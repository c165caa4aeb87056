/** A service with a parent, from its start to its end: signals and the ops listener around the supervisor. */
import type { Clock, Log } from '@tenantry/core/internal';
import type { Configuration, ConfigurationSource } from './configuration.js';
import { listenOn, urlOf, type Address } from './listening.js';
import { createOpsServer } from './ops-server.js';
import type { PoolFacts } from './service.js';
import { ServiceSupervisor, type ServiceEnd } from './supervise.js';

export interface SupervisedParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signals:
    | {
        on(event: string, listener: () => void): unknown;
        off(event: string, listener: () => void): unknown;
      }
    | undefined;
  /** Called once, when it listens for the first time. */
  readonly listens: (address: Address, facts: PoolFacts) => void;
}

/** @throws TENANTRY_ADDRESS_IN_USE, TENANTRY_LISTEN_FAILED; nothing is left running then */
export async function superviseUntilEnd(
  source: ConfigurationSource,
  configuration: Configuration,
  { clock, log, signals, listens }: SupervisedParts,
): Promise<ServiceEnd> {
  const { env: _env, ...order } = source;
  const { opsHost, opsPort } = configuration.service;
  let supervisor: ServiceSupervisor | undefined;
  let isFirst = true;
  const ops = createOpsServer(() => supervisor, log);
  const listeners = {
    SIGTERM: () => supervisor?.end('SIGTERM'),
    SIGINT: () => supervisor?.end('SIGINT'),
    SIGHUP: () => supervisor?.reload(),
  };
  try {
    if (opsPort !== undefined) {
      const address = await listenOn(ops, { host: opsHost, port: opsPort });
      log.info({ url: urlOf(address) }, '[ops] listening');
    }
    supervisor = await ServiceSupervisor.start(order, configuration, {
      clock,
      log,
      onReady: (address, facts) => {
        if (isFirst) listens(address, facts);
        else log.info({ pid: facts.pid }, '[service] worker started again');
        isFirst = false;
      },
    });
    for (const [signal, listener] of Object.entries(listeners)) signals?.on(signal, listener);
    return await supervisor.ended;
  } finally {
    for (const [signal, listener] of Object.entries(listeners)) signals?.off(signal, listener);
    ops.close();
    ops.closeAllConnections();
  }
}
