/** Whether a running pool takes sessions, and what came of the requests to the gateway before it. */
import { askInspector } from '@tenantry/core/internal';

export interface PoolStanding {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

/** By outcome, over all routes but the probes of health, since the process began. */
export type RequestCounts = Readonly<Record<string, number>>;

const COUNTED = /^tenantry_requests_total\{route="([^"]+)",outcome="([^"]+)"\} (\d+)$/gm;

/** @throws TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*, TENANTRY_INSPECTOR_REPLY_INVALID */
export async function fetchStanding(socketPath: string): Promise<PoolStanding> {
  const { ready, reasons } = (await askInspector(socketPath, { command: 'health' })) as Readonly<
    Record<string, unknown>
  >;
  const known = Array.isArray(reasons) ? reasons.map(String) : [];
  return { ready: ready === true, reasons: known };
}

/**
 * Null of a pool without a gateway.
 * @throws TENANTRY_RUNTIME_NONE, TENANTRY_SOCKET_*, TENANTRY_INSPECTOR_REPLY_INVALID
 */
export async function fetchRequests(socketPath: string): Promise<RequestCounts | null> {
  const request = { command: 'metrics', format: 'prometheus' } as const;
  const { text } = (await askInspector(socketPath, request)) as Readonly<Record<string, unknown>>;
  const counts: Record<string, number> = {};
  for (const [, route, outcome, count] of String(text).matchAll(COUNTED)) {
    if (route !== 'health') counts[outcome!] = (counts[outcome!] ?? 0) + Number(count);
  }
  return Object.keys(counts).length === 0 ? null : counts;
}
