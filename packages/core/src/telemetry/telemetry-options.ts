/** The option group `telemetry` of a pool: what is told to the systems that watch it. */
import { z } from 'zod';

export const TelemetryOptions = z.strictObject({
  /** Spans of sessions through `@opentelemetry/api`, where that is installed. */
  traces: z.boolean().default(false),
  /** Tenants, and isolates, with time series of their own; all other tenants share `other`. */
  topTenants: z.int().min(0).max(1_000).default(50),
});
export type TelemetryOptions = Readonly<z.output<typeof TelemetryOptions>>;
