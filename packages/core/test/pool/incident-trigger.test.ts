import { expect, test } from '@jest/globals';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import { triggerOf } from '../../src/pool/incident-trigger.js';

const decision = { tenant: 'acme', from: 'coroutine', to: 'thread', heldBy: null } as const;
const figures = { score: 5.2, threshold: 5, relapses: 0, forMs: null };
const ended = { isolate: 'process-1', tenant: 'acme', rung: 'process', detail: 'SIGKILL' } as const;

test.each<[RuntimeEvent, string | null]>([
  [{ kind: 'tenant.escalated', ...decision, ...figures, carriedOut: true }, 'escalated'],
  [{ kind: 'tenant.quarantined', ...decision, ...figures, carriedOut: true }, 'quarantined'],
  [{ kind: 'tenant.escalated', ...decision, ...figures, carriedOut: false }, null],
  [{ kind: 'tenant.isolated', ...decision, ...figures, carriedOut: true }, null],
  [{ kind: 'isolate.gave-up', tenant: 'acme', restarts: 5, quarantinedForMs: 1 }, 'quarantined'],
  [
    { kind: 'isolate.ended', ...ended, reason: 'signal', abnormal: true, sessionsLost: 1 },
    'isolate-ended',
  ],
  [
    { kind: 'isolate.ended', ...ended, reason: 'memory-limit', abnormal: true, sessionsLost: 1 },
    'memory-limit',
  ],
  [{ kind: 'isolate.ended', ...ended, reason: 'idle', abnormal: false, sessionsLost: 0 }, null],
  [{ kind: 'memory.limit', rssMb: 9, limitMb: 8, exitCode: 75 }, 'memory-limit'],
  [{ kind: 'memory.warned', rssMb: 9, warnMb: 8 }, null],
])('%j', (event, kind) => {
  expect(triggerOf(event, 5)?.kind ?? null).toBe(kind);
});
