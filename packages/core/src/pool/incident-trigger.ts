/** Which runtime events are incidents, and what a bundle says of them. A block is judged by its length. */
import type { IncidentTrigger } from '../bundle/bundle-parts.js';
import type { RuntimeEvent } from '../events/runtime-event.js';

export function triggerOf(event: RuntimeEvent, atMs: number): IncidentTrigger | null {
  const nothing = { session: null, agent: null, isolate: null, place: null, atMs };
  switch (event.kind) {
    case 'tenant.escalated':
    case 'tenant.quarantined': {
      if (!event.carriedOut) return null;
      const { tenant, from, to, score, threshold } = event;
      const kind = event.kind === 'tenant.escalated' ? 'escalated' : 'quarantined';
      const why = `score ${score.toFixed(1)} of ${threshold}`;
      return { ...nothing, kind, tenant, detail: `${from} to ${to}: ${why}` };
    }
    case 'isolate.gave-up': {
      const { tenant, restarts, quarantinedForMs } = event;
      const forS = Math.ceil(quarantinedForMs / 1_000);
      const detail = `its isolate failed after ${restarts} restarts; quarantined for ${forS} s`;
      return { ...nothing, kind: 'quarantined', tenant, detail };
    }
    case 'isolate.ended': {
      if (!event.abnormal) return null;
      const { tenant, isolate, reason, detail: why, offender = null, sessionsLost } = event;
      const kind =
        reason === 'memory-limit' || reason === 'oom-heap' ? 'memory-limit' : 'isolate-ended';
      const lost = `${sessionsLost} ${sessionsLost === 1 ? 'session' : 'sessions'} lost`;
      const detail = `isolate ${isolate} ended: ${reason} (${why}), ${lost}`;
      return { ...nothing, kind, tenant, isolate, session: offender, detail };
    }
    case 'memory.limit': {
      const { rssMb, limitMb } = event;
      const detail = `the process has ${Math.round(rssMb)} MB of ${limitMb} MB and ends`;
      return { ...nothing, kind: 'memory-limit', tenant: null, detail };
    }
    default:
      return null;
  }
}
