import { describe, expect, test } from '@jest/globals';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import { makeParts } from '../../src/pool/pool-parts.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { turns } from '../turns.js';

function parted() {
  const [clock, log] = [new ManualClock(), new MemoryLog()];
  const told: string[] = [];
  const parts = makeParts(
    { observers: [{ onRuntimeEvent: ({ kind }) => void told.push(`observer ${kind}`) }] },
    { clock, log },
  );
  return { ...parts, clock, log, told };
}

const stray: RuntimeEvent = {
  kind: 'session.stray-error',
  session: 's1',
  tenant: 'acme',
  agent: 'echo',
  message: 'lost',
};
const gaveUp: RuntimeEvent = {
  kind: 'isolate.gave-up',
  tenant: 'acme',
  restarts: 5,
  quarantinedForMs: 60_000,
};

describe('a runtime event', () => {
  test('is in the books before anybody is told, and with the confinement last', async () => {
    const { events, tenants, log, told } = parted();
    events.confinement = {
      event: ({ kind }) => {
        const { strayErrors } = tenants.get('acme').books;
        told.push(`confinement ${kind}, ${strayErrors} booked, ${log.lines.length} logged`);
      },
    };
    events.emit(stray);
    await turns();
    expect(told).toContain('confinement session.stray-error, 1 booked, 1 logged');
    expect(told).toContain('observer session.stray-error');
  });

  test('of a confinement’s own making is told after the one that it follows from', async () => {
    const { events, told } = parted();
    events.confinement = {
      event: ({ kind }) => {
        if (kind === 'isolate.gave-up') events.emit(stray);
      },
    };
    events.emit(gaveUp);
    await turns();
    expect(told).toEqual(['observer isolate.gave-up', 'observer session.stray-error']);
  });

  test('that an isolate was given up keeps its tenant out for so long', () => {
    const { events, tenants, clock } = parted();
    events.emit(gaveUp);
    expect(tenants.get('acme').quarantinedForMs(clock.nowMs())).toBe(60_000);
    clock.advance(60_000);
    expect(tenants.get('acme').quarantinedForMs(clock.nowMs())).toBeNull();
  });

  test('before the pool runs, and after it, has no confinement to judge it and is told all the same', async () => {
    const { events, told } = parted();
    events.emit(stray);
    await turns();
    expect(told).toEqual(['observer session.stray-error']);
  });

  test('that is a block is not logged here: it has a line of its own', () => {
    const { events, log } = parted();
    events.emit({
      kind: 'loop.blocked',
      isolate: 'main',
      session: 's1',
      tenant: 'acme',
      agent: 'echo',
      durationMs: 200,
      isOngoing: false,
      cause: 'session',
      place: null,
    } as unknown as RuntimeEvent);
    expect(log.lines).toEqual([]);
  });
});
