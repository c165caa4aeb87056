import { describe, expect, test } from '@jest/globals';
import { recordOf, recordWithoutIsolate } from '../../src/executor/records.js';
import { TenantSlot } from '../../src/supervisor/tenant-slot.js';
import { reportWith } from '../support/fake-channel.js';
import { RESTART } from '../support/isolates-context.js';
import { TestIsolate } from '../support/isolates.js';

const CRASH = { reason: 'exit', detail: 'exit code 1' } as const;
const IDLE = { reason: 'idle', detail: 'no session' } as const;

function slotWith(end?: typeof CRASH | typeof IDLE): TenantSlot {
  const slot = new TenantSlot('acme', RESTART);
  slot.lastIsolate = { id: 'process-1', rung: 'process' };
  if (end !== undefined) slot.lastEnd = { end, atMs: 100 };
  return slot;
}

describe('the record of an isolate', () => {
  test('shows who it is before it has a tenant, a process or a report', () => {
    const { isolate } = new TestIsolate();
    expect(recordOf(isolate, undefined, undefined, 0)).toEqual({
      isolate: 'process-1',
      tenant: null,
      rung: 'process',
      scope: null,
      pid: null,
      threadId: null,
      state: 'starting',
      reportAgeMs: null,
      report: null,
      memoryLimitMb: null,
      restarts: 0,
      lastEnd: null,
    });
  });

  test('shows its last report with its age, and the tenant’s restarts and last end', async () => {
    const { isolate } = await TestIsolate.ready();
    isolate.tenant = 'acme';
    isolate.scope = 'tenant';
    const slot = slotWith(CRASH);
    slot.policy.restarts = 3;
    const kept = { report: reportWith(5), atMs: 400 };
    expect(recordOf(isolate, slot, kept, 1_000)).toMatchObject({
      tenant: 'acme',
      scope: 'tenant',
      pid: 77,
      threadId: 3,
      state: 'ready',
      reportAgeMs: 600,
      report: reportWith(5),
      restarts: 3,
      lastEnd: { ...CRASH, agoMs: 900 },
    });
  });

  test('never shows an age below zero', () => {
    const { isolate } = new TestIsolate();
    const kept = { report: reportWith(5), atMs: 400 };
    const record = recordOf(isolate, slotWith(CRASH), kept, 50);
    expect([record.reportAgeMs, record.lastEnd?.agoMs]).toEqual([0, 0]);
  });
});

describe('the record of a tenant without an isolate', () => {
  test.each([
    ['has never had one', new TenantSlot('acme', RESTART)],
    ['has one that has not ended', slotWith()],
    ['ended its last one by wish', slotWith(IDLE)],
  ])('is left out where the tenant %s', (_what, slot) => {
    expect(recordWithoutIsolate(slot, 200)).toBeUndefined();
  });

  test.each([
    [1, 'stopped'],
    [2, 'backoff'],
    [6, 'quarantined'],
  ])('after %i failures is %s', (failures, state) => {
    const slot = slotWith(CRASH);
    for (let failure = 0; failure < failures; failure += 1) slot.policy.ended(100, 5);
    expect(recordWithoutIsolate(slot, 200)).toMatchObject({
      isolate: 'process-1',
      tenant: 'acme',
      rung: 'process',
      state,
      pid: null,
      report: null,
      lastEnd: { ...CRASH, agoMs: 100 },
    });
  });

  test('is shown after an end by wish as long as the tenant is held back', () => {
    const slot = slotWith(IDLE);
    for (let failure = 0; failure < 6; failure += 1) slot.policy.ended(100, 5);
    expect(recordWithoutIsolate(slot, 200)?.state).toBe('quarantined');
  });
});
