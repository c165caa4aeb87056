/** When an incident makes a bundle, and what is kept of them. */
import { z } from 'zod';

export const IncidentOptions = z.strictObject({
  /** False: nothing is recorded and no bundle is made. Without `stateDir` there is none either. */
  enabled: z.boolean().default(true),
  /** A block that lasts for longer is an incident, while it lasts. */
  incidentBlockMs: z.number().min(50).max(600_000).default(1_000),
  /** Least time between two bundles of one tenant that nobody asked for. */
  tenantIntervalMs: z.number().min(0).max(86_400_000).default(300_000),
  /** Most bundles an hour that nobody asked for, of all tenants. */
  maxPerHour: z.int().min(0).max(1_000).default(20),
  /** Largest bundle, compressed; what it has no room for is left out and said so. */
  maxBundleMb: z.number().min(0.1).max(200).default(10),
  /** Bundles that are kept; the oldest is removed for a newer one. */
  keepCount: z.int().min(1).max(10_000).default(50),
  /** The same by their size together. */
  keepMb: z.number().min(1).max(100_000).default(200),
  /** How long the offender's loop is profiled for a bundle; 0: not at all. */
  profileMs: z.union([z.literal(0), z.number().min(100).max(5_000)]).default(500),
});
export type IncidentOptions = Readonly<z.output<typeof IncidentOptions>>;
