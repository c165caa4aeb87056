/** Makes the places where a pool's sessions run: its own loop, and isolates where it was given them. */
import type { EmitRuntimeEvent } from '../events/runtime-event.js';
import type { StrayError } from '../host/session-host.js';
import type { Log } from '../log/log.js';
import { SessionLogs } from '../log/session-logs.js';
import type { Executor } from '../placement/executor.js';
import type { IsolatesFactory } from '../placement/isolates-port.js';
import { Placement } from '../placement/placement.js';
import { SharedLoopExecutor } from '../placement/shared-loop-executor.js';
import type { TenantSettings } from '../tenant/tenant-options.js';
import type { TenantRegistry } from '../tenant/tenant-registry.js';
import type { Clock } from '../time/clock.js';
import { SHARED_LOOP } from '../vocabulary/rung.js';
import type { AgentCatalog } from './agent-catalog.js';
import type { Introspection } from './introspection.js';
import type { ReplayedSession } from './pool-dependencies.js';
import type { ParsedPoolOptions } from './pool-options.js';

export interface PlacementParts {
  readonly options: ParsedPoolOptions;
  readonly tenants: TenantRegistry;
  readonly catalog: AgentCatalog;
  readonly clock: Clock;
  readonly log: Log;
  readonly replay: ReplayedSession | undefined;
  readonly onStrayError: (stray: StrayError) => void;
  readonly onEvent: EmitRuntimeEvent;
  /** Undefined with `enableIntrospection: false`. */
  readonly introspection: Introspection | undefined;
}

export function makePlacement(parts: PlacementParts): Placement {
  const { options, catalog, clock, log } = parts;
  const sharedLoop = new SharedLoopExecutor({
    limits: options.messages,
    log: new SessionLogs(log.child({ rung: 'coroutine', isolate: SHARED_LOOP }), {
      maxBytesPerSecond: options.isolateOptions.maxOutputBytesPerSecond,
      clock,
    }),
    strayErrors: options.strayErrors,
    onStrayError: parts.onStrayError,
    agentOf: (name) => catalog.agentOf(name),
    nowMs: () => clock.nowMs(),
    turns: parts.introspection?.turns,
  });
  const { isolates } = options;
  return new Placement(sharedLoop, isolates === undefined ? undefined : madeBy(isolates, parts));
}

function madeBy(isolates: IsolatesFactory, parts: PlacementParts): Executor {
  const { options, tenants, catalog, clock, log } = parts;
  const own = [options.defaults, ...[...tenants.all()].map((tenant) => tenant.settings)];
  return isolates({
    options: options.isolateOptions,
    limits: options.messages,
    spareSettings: [
      ...own.filter(({ isolation }) => isolation === 'process'),
      ...(options.escalation.enforce ? movedSettings(options) : []),
    ],
    clock,
    log,
    emit: parts.onEvent,
    introspection: parts.introspection?.isolates,
    isDryRun: parts.replay?.isDryRun ?? false,
    moduleOf: (agent) => catalog.moduleOf(agent),
  });
}

/** Of a tenant that is moved without settings of its own: it is not to wait for a boot either. */
function movedSettings({ defaults, escalation }: ParsedPoolOptions): TenantSettings[] {
  const { memoryLimitMb } = escalation;
  return (['worker_threads', 'child_process'] as const).map((isolate) => ({
    ...defaults,
    isolation: 'process',
    isolate,
    memoryLimitMb,
  }));
}
