/** One isolate, or one tenant that has none at the moment, as a row of the snapshot. */
import type { IsolateRecord } from '@tenantry/core/internal';
import type { KeptReport } from '../coordinator/coordinator.js';
import type { Isolate } from '../host/isolate.js';
import { isAbnormal } from '../host/isolate-end.js';
import type { TenantSlot } from '../supervisor/tenant-slot.js';

export function recordOf(
  isolate: Isolate,
  slot: TenantSlot | undefined,
  kept: KeptReport | undefined,
  nowMs: number,
): IsolateRecord {
  return {
    isolate: isolate.id,
    tenant: isolate.tenant,
    rung: isolate.rung,
    scope: isolate.scope,
    pid: isolate.identity?.pid ?? null,
    threadId: isolate.identity?.threadId ?? null,
    state: isolate.state,
    reportAgeMs: kept === undefined ? null : Math.max(0, nowMs - kept.atMs),
    report: kept?.report ?? null,
    memoryLimitMb: isolate.memoryLimitMb,
    restarts: slot?.policy.restarts ?? 0,
    lastEnd: lastEndOf(slot, nowMs),
  };
}

/** A tenant between two isolates is shown while it is held back, or has been by a failure. */
export function recordWithoutIsolate(slot: TenantSlot, nowMs: number): IsolateRecord | undefined {
  if (slot.lastIsolate === undefined || slot.lastEnd === undefined) return undefined;
  const verdict = slot.policy.verdict(nowMs);
  if (verdict.kind === 'now' && !isAbnormal(slot.lastEnd.end)) return undefined;
  const held = verdict.kind === 'given-up' ? 'quarantined' : 'backoff';
  return {
    isolate: slot.lastIsolate.id,
    tenant: slot.tenant,
    rung: slot.lastIsolate.rung,
    scope: null,
    pid: null,
    threadId: null,
    state: verdict.kind === 'now' ? 'stopped' : held,
    reportAgeMs: null,
    report: null,
    memoryLimitMb: null,
    restarts: slot.policy.restarts,
    lastEnd: lastEndOf(slot, nowMs),
  };
}

function lastEndOf(slot: TenantSlot | undefined, nowMs: number): IsolateRecord['lastEnd'] {
  if (slot?.lastEnd === undefined) return null;
  return { ...slot.lastEnd.end, agoMs: Math.max(0, nowMs - slot.lastEnd.atMs) };
}
