import { describe, expect, test } from '@jest/globals';
import type { IncidentTrigger } from '../../src/bundle/bundle-parts.js';
import type { WrittenBundle } from '../../src/bundle/bundle-job.js';
import {
  IncidentDesk,
  type IncidentOutcome,
  type IncidentRules,
  type RecordedEvents,
} from '../../src/observer/incident-desk.js';
import { BlackBox } from '../../src/recorder/black-box.js';
import type { BlockRow } from '../../src/snapshot/figures.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';

const WRITTEN: WrittenBundle = { file: '/b.tar.gz', createdAtMs: 0, sizeBytes: 1, leftOut: [] };

class TestDesk {
  readonly clock = new ManualClock();
  readonly box = new BlackBox(this.clock);
  readonly captured: { trigger: IncidentTrigger; suppressed: number; recorded: RecordedEvents }[] =
    [];
  readonly told: IncidentOutcome[] = [];
  ongoing: BlockRow[] = [];
  capture: () => Promise<WrittenBundle> = () => Promise.resolve(WRITTEN);
  readonly desk: IncidentDesk;

  constructor(rules: Partial<IncidentRules> = {}) {
    this.desk = new IncidentDesk({
      ring: this.box.ring.buffer,
      rules: {
        incidentBlockMs: 1_000,
        tenantIntervalMs: 60_000,
        maxPerHour: 20,
        profileMs: 0,
        home: {} as IncidentRules['home'],
        ...rules,
      },
      nowMs: () => this.clock.nowMs(),
      ongoing: () => this.ongoing,
      capture: (trigger, suppressed, recorded) => {
        this.captured.push({ trigger, suppressed, recorded: recorded() });
        return this.capture();
      },
      told: (outcome) => void this.told.push(outcome),
    });
  }

  tenants(): (string | null)[] {
    return this.captured.map(({ trigger }) => trigger.tenant);
  }
}

function triggerOf(tenant: string | null): IncidentTrigger {
  const nothing = { session: null, agent: null, isolate: null, place: null };
  return { kind: 'escalated', tenant, ...nothing, atMs: 0, detail: 'd' };
}

const block = (durationMs: number, name = 'main:1'): BlockRow => ({
  block: name,
  isolate: 'main',
  cause: 'session',
  session: 's1',
  tenant: 'acme',
  agent: 'billing',
  startedAtMs: 0,
  durationMs,
  isOngoing: true,
  place: null,
  stack: [],
});

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the incident desk', () => {
  test('has one bundle made of a tenant in an interval, and says how many had none', async () => {
    const { desk, clock, captured } = new TestDesk();
    for (let times = 0; times < 4; times += 1) desk.trigger(triggerOf('acme'));
    await settled();
    expect(captured).toHaveLength(1);
    clock.advance(60_001);
    desk.trigger(triggerOf('acme'));
    await settled();
    expect(captured.map(({ suppressed }) => suppressed)).toEqual([0, 3]);
  });

  test('has so many made an hour, of all tenants', async () => {
    const test = new TestDesk({ maxPerHour: 2 });
    for (const tenant of ['a', 'b', 'c']) test.desk.trigger(triggerOf(tenant));
    await settled();
    expect(test.tenants()).toEqual(['a', 'b']);
    test.clock.advance(3_600_001);
    test.desk.trigger(triggerOf('c'));
    await settled();
    expect(test.tenants()).toEqual(['a', 'b', 'c']);
  });

  test('takes a block for an incident while it lasts, once', async () => {
    const test = new TestDesk({ tenantIntervalMs: 0 });
    for (const durationMs of [900, 1_001, 5_000]) {
      test.ongoing = [block(durationMs)];
      test.desk.tick();
    }
    test.ongoing = [];
    test.desk.blocked({ ...block(6_000), isOngoing: false });
    await settled();
    expect(test.captured).toHaveLength(1);
    expect(test.captured[0]!.trigger).toMatchObject({
      kind: 'block',
      tenant: 'acme',
      session: 's1',
      detail: expect.stringContaining('1001ms so far'),
    });
    test.desk.blocked(block(2_000, 'main:2'));
    await settled();
    expect(test.captured).toHaveLength(2);
  });

  test('makes them one after the other, and refuses by hand where too many wait', async () => {
    const test = new TestDesk();
    const waiting: (() => void)[] = [];
    test.capture = () => new Promise((resolve) => waiting.push(() => resolve(WRITTEN)));
    const made = [1, 2, 3, 4].map(() => test.desk.request(triggerOf('acme')));
    await settled();
    expect(test.captured).toHaveLength(1);
    expect(await caught(() => test.desk.request(triggerOf('acme')))).toMatchObject({
      code: 'TENANTRY_BUNDLE_BUSY',
      retryAfterMs: 3_000,
    });
    for (let times = 0; times < 4; times += 1) {
      waiting[times]!();
      await settled();
    }
    expect(await Promise.all(made)).toEqual([WRITTEN, WRITTEN, WRITTEN, WRITTEN]);
  });

  test('tells of one that failed, and goes on', async () => {
    const test = new TestDesk({ tenantIntervalMs: 0 });
    test.capture = () => Promise.reject(new Error('disk full'));
    test.desk.trigger(triggerOf('acme'));
    await settled();
    expect(test.told).toMatchObject([{ error: { message: 'disk full' } }]);
    test.capture = () => Promise.resolve(WRITTEN);
    test.desk.trigger(triggerOf('acme'));
    await settled();
    expect(test.told[1]).toMatchObject({ written: WRITTEN });
  });

  test("gives a bundle its tenant's events and the pool's, in order, and nobody else's", async () => {
    const { desk, box, captured, clock } = new TestDesk();
    box.record('acme', 'one', {});
    clock.advance(1);
    box.record(null, 'two', {});
    box.record('globex', 'foreign', {});
    clock.advance(1);
    box.record('acme', 'three', {});
    desk.trigger(triggerOf('acme'));
    await settled();
    const kinds = captured[0]!.recorded.events.map(
      (json) => (JSON.parse(json) as { kind: string }).kind,
    );
    expect(kinds.sort()).toEqual(['incident', 'one', 'three', 'two']);
    expect(desk.knows('globex')).toBe(true);
    expect(desk.knows('nobody')).toBe(false);
  });

  test('begins nothing more when it is closed', async () => {
    const { desk, captured } = new TestDesk();
    await desk.close();
    desk.trigger(triggerOf('acme'));
    await settled();
    expect(captured).toEqual([]);
    expect(await caught(() => desk.request(triggerOf('acme')))).toMatchObject({
      code: 'TENANTRY_POOL_CLOSED',
    });
  });
});
