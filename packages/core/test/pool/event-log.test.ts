import { expect, test } from '@jest/globals';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import { logEvent } from '../../src/pool/event-log.js';
import { MemoryLog } from '../memory-log.js';

const opened = {
  kind: 'breaker.opened',
  tenant: 'acme',
  failures: 3,
  samples: 5,
  cooldownMs: 30_500,
  byHand: false,
  enforced: true,
} as const;

test.each<readonly [RuntimeEvent, string, string]>([
  [
    opened,
    'warn',
    "[circuit-breaker] tenant 'acme' opened after 3/5 failures; rejecting its new sessions for 31s",
  ],
  [
    { ...opened, byHand: true },
    'warn',
    "[circuit-breaker] tenant 'acme' opened by hand; rejecting its new sessions for 31s",
  ],
  [
    { ...opened, enforced: false },
    'warn',
    "[circuit-breaker] tenant 'acme' would have opened after 3/5 failures; not enforced",
  ],
  [
    { kind: 'breaker.half-open', tenant: 'acme', enforced: true },
    'info',
    "[circuit-breaker] tenant 'acme' half-open; its next new session is a probe",
  ],
  [
    { kind: 'breaker.closed', tenant: 'acme', enforced: true },
    'info',
    "[circuit-breaker] tenant 'acme' recovered",
  ],
  [{ kind: 'observer.ended', detail: 'gone', restarts: 1 }, 'warn', '[observer.ended]'],
])('%j is logged in its own form', (event, level, message) => {
  const log = new MemoryLog();
  logEvent(log, event);
  expect(log.lines).toEqual([{ level, message, fields: event }]);
});
