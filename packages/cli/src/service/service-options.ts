/**
 * What can be set of a service beside its pool. All of it stands on one level with the pool's own
 * options, which core checks; where a value came from is left to `configuration.ts`.
 */
import { z } from 'zod';
import { AuthOptions } from '../auth/auth-options.js';
import { GatewayOptions } from '../gateway/gateway-options.js';

const Port = z.int().min(0).max(65_535);
const Host = z
  .string()
  .regex(/^[A-Za-z0-9.:_-]{1,253}$/, 'expected an address or a name of this machine');
const Ms = z
  .number()
  .min(0)
  .max(24 * 3_600_000);

/** When a worker that ended is started again. */
const WorkerRestart = z.strictObject({
  /** The first restart is immediate; the next waits this long, then `factor` times longer. */
  initialMs: Ms.default(500),
  factor: z.number().min(1).max(10).default(2),
  maxMs: Ms.default(30_000),
  /** More ends than this within `periodMs` and the service gives up. */
  intensity: z.int().min(0).max(1_000).default(5),
  periodMs: Ms.default(120_000),
  /** A run this long counts as healthy and resets the back-off. */
  stableMs: Ms.default(60_000),
});

export const ServiceOptions = z.strictObject({
  /** Folder of agent modules. */
  agents: z.string().min(1).max(4_096).optional(),
  /** Address that is listened on. */
  host: Host.default('127.0.0.1'),
  /** 0: any free one, printed at the start. */
  port: Port.default(8_080),
  /** Address of the listener that the parent answers itself. */
  opsHost: Host.default('127.0.0.1'),
  /** Its port; without it there is no such listener. */
  opsPort: Port.optional(),
  /** Loads agent files again when they change. */
  watch: z.boolean().default(false),
  /** False: one process, which nobody starts again. */
  supervise: z.boolean().default(true),
  /** How long everything after the drain may take before the process is killed. */
  closeTimeoutMs: Ms.default(10_000),
  workerRestart: WorkerRestart.prefault({}),
  /** Who may come in, and how often. API keys are made with `tenantry keys`. */
  auth: AuthOptions.prefault({}),
  /** Bounds on requests and sockets. */
  gateway: GatewayOptions.prefault({}),
});
export type ServiceOptions = Readonly<z.output<typeof ServiceOptions>>;

/** Names of this table; every other name is the pool's. */
export const SERVICE_NAMES: ReadonlySet<string> = new Set(Object.keys(ServiceOptions.shape));

/** What is handed in by the service itself, so that no configuration can say it. */
export const HANDED_IN: ReadonlySet<string> = new Set(['isolates', 'observers']);
