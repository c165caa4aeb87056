import { describe, expect, test } from '@jest/globals';
import { moveSession } from '../../src/pool/move-session.js';
import { openSession } from '../../src/pool/opening.js';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { controlled, type Controlled } from './controlled.js';

type Escalation = NonNullable<AgentPoolOptions['escalation']>;

/** One session that can be moved, one that cannot, and one of another tenant. */
async function moved(escalation: Escalation): Promise<Controlled & { sessions: () => string[] }> {
  const it = await controlled({ escalation: { confinementMs: 60_000, ...escalation } });
  const all = [await it.open('acme', 'counts'), await it.open('acme'), await it.open('other')];
  await turns();
  const sessions = (): string[] =>
    all.map(({ state, place }) => (state === 'ended' ? 'ended' : place!.rung));
  return { ...it, sessions };
}

/** Lets whatever is asked for a place have it. */
async function placing({ isolates }: Controlled): Promise<void> {
  await turns(3);
  for (const start of isolates.starts) start.place();
  await turns(3);
}

const kinds = ({ life }: Controlled): string[] =>
  life
    .running('a test')
    .confinement.trail.recent()
    .map(({ kind }) => kind);

describe('running sessions of a tenant that is moved up', () => {
  test('are carried along where they can be, and the others finish where they are', async () => {
    const it = await moved({});
    it.offend();
    await placing(it);
    expect(it.sessions()).toEqual(['process', 'coroutine', 'coroutine']);
    it.clock.advance(50_000);
    await turns(3);
    expect(it.sessions()).toEqual(['process', 'coroutine', 'coroutine']);
    expect(kinds(it)).toContain('session.moved');
  });

  test('that cannot be carried are drained where that is asked for, at the deadline', async () => {
    const it = await moved({ onEscalate: 'drain', drainTimeoutMs: 500 });
    it.offend();
    await placing(it);
    it.clock.advance(499);
    await turns(3);
    expect(it.sessions()).toEqual(['process', 'coroutine', 'coroutine']);
    it.clock.advance(1);
    await turns(3);
    expect(it.sessions()).toEqual(['process', 'ended', 'coroutine']);
    const { recentEnds } = await it.life.snapshot();
    expect(recentEnds.map(({ reason }) => reason)).toEqual(['drained']);
    // A drain by the runtime is no evidence against the tenant.
    expect(it.breaker()).toBe('closed');
  });

  test('are not asked to move where nothing is carried', async () => {
    const it = await moved({ carryOver: false, onEscalate: 'drain', drainTimeoutMs: 500 });
    it.offend();
    await placing(it);
    it.clock.advance(500);
    await turns(3);
    expect(it.sessions()).toEqual(['ended', 'ended', 'coroutine']);
    expect(it.isolates.starts).toEqual([]);
  });

  test('of one that is quarantined have nowhere to go: they finish, or are drained', async () => {
    for (const [onEscalate, ended] of [
      ['finish', ['coroutine', 'coroutine', 'coroutine']],
      ['drain', ['ended', 'ended', 'coroutine']],
    ] as const) {
      const it = await moved({ onEscalate, drainTimeoutMs: 500 });
      await it.ask({ command: 'isolate', tenant: 'acme', as: 'quarantined' });
      await turns(3);
      it.clock.advance(500);
      await turns(3);
      expect(it.sessions()).toEqual(ended);
      expect(it.isolates.starts).toEqual([]);
    }
  });

  test('whose new place cannot be had stay, or are drained where that is asked for', async () => {
    for (const [onEscalate, ended] of [
      ['finish', ['coroutine', 'coroutine', 'coroutine']],
      ['drain', ['ended', 'ended', 'coroutine']],
    ] as const) {
      const it = await moved({ onEscalate, drainTimeoutMs: 500 });
      it.isolates.prepare = () => {
        throw new Error('no room');
      };
      it.offend();
      await turns(3);
      it.clock.advance(500);
      await turns(3);
      expect(it.sessions()).toEqual(ended);
    }
  });

  test('that are there already are left alone', async () => {
    const it = await controlled({
      escalation: { onEscalate: 'drain', drainTimeoutMs: 500 },
    });
    await it.open('acme', 'echo');
    await it.ask({ command: 'isolate', tenant: 'acme', as: 'process' });
    const there = await it.open('acme');
    await it.ask({ command: 'isolate', tenant: 'acme', as: 'thread' });
    await turns(3);
    it.clock.advance(500);
    await turns(3);
    expect([there.state, there.place!.rung]).toEqual(['active', 'process']);
  });

  test('of one that goes down again, or is pinned where it is, go on where they are', async () => {
    const it = await controlled({
      escalation: { onEscalate: 'drain', drainTimeoutMs: 500 },
    });
    await it.open('acme', 'echo');
    await it.ask({ command: 'isolate', tenant: 'acme', as: 'process' });
    const there = await it.open('acme');
    await it.ask({ command: 'release', tenant: 'acme' });
    await turns(3);
    it.clock.advance(500);
    await turns(3);
    expect([there.state, there.place!.rung]).toEqual(['active', 'process']);
  });

  test('of a decision that is only told go on where they are', async () => {
    const it = await moved({ enforce: false, onEscalate: 'drain', drainTimeoutMs: 500 });
    it.offend();
    await placing(it);
    it.clock.advance(500);
    await turns(3);
    expect(it.sessions()).toEqual(['coroutine', 'coroutine', 'coroutine']);
    expect(kinds(it)).toContain('tenant.escalated');
  });
});

describe('running sessions of a tenant that is moved again before they are there', () => {
  const isolate = (it: Controlled, as: string): Promise<unknown> =>
    it.ask({ command: 'isolate', tenant: 'acme', as });

  test.each(['finish', 'drain'] as const)('go where it is by then (%s)', async (onEscalate) => {
    const it = await moved({ onEscalate, drainTimeoutMs: 500 });
    it.isolates.carries = true;
    const preparing = gate();
    it.isolates.preparing = preparing;
    await isolate(it, 'thread');
    await turns();
    // Before its new place is ready, it turns back.
    await isolate(it, 'process');
    preparing.open();
    await placing(it);
    it.clock.advance(500);
    await turns(3);
    const other = onEscalate === 'finish' ? 'coroutine' : 'ended';
    expect(it.sessions()).toEqual(['process', other, 'coroutine']);
    expect(it.isolates.starts).toHaveLength(1);
  });

  test('go on from the rung between where they have been handed over', async () => {
    const it = await moved({ onEscalate: 'drain', drainTimeoutMs: 500 });
    it.isolates.carries = true;
    await isolate(it, 'thread');
    await turns();
    await isolate(it, 'process');
    await placing(it);
    await placing(it);
    it.clock.advance(500);
    await turns(3);
    expect(it.sessions()).toEqual(['process', 'ended', 'coroutine']);
    expect(it.isolates.starts).toHaveLength(2);
  });

  test('stay where they are when it is released', async () => {
    const it = await moved({});
    const preparing = gate();
    it.isolates.preparing = preparing;
    await isolate(it, 'process');
    await turns();
    await it.ask({ command: 'release', tenant: 'acme' });
    preparing.open();
    await placing(it);
    expect(it.sessions()).toEqual(['coroutine', 'coroutine', 'coroutine']);
    // And are moved like any other when that comes again.
    await isolate(it, 'thread');
    await placing(it);
    expect(it.sessions()).toEqual(['thread', 'coroutine', 'coroutine']);
  });

  test('wait for a move by hand, and go on from there', async () => {
    const it = await moved({});
    it.isolates.carries = true;
    const preparing = gate();
    it.isolates.preparing = preparing;
    const parts = it.life.running('a test');
    const { id } = parts.live.all()[0]!;
    const target = { isolation: 'process', isolate: 'worker_threads', deadlineMs: 1_000 } as const;
    const byHand = moveSession(parts, id, target);
    await turns();
    await isolate(it, 'process');
    preparing.open();
    await placing(it);
    expect(await byHand).toMatchObject({ kind: 'moved', rung: 'thread' });
    await placing(it);
    expect(it.sessions()).toEqual(['process', 'coroutine', 'coroutine']);
  });

  test('follow it also where they had not even started', async () => {
    const it = await controlled({});
    it.isolates.carries = true;
    await isolate(it, 'thread');
    const parts = it.life.running('a test');
    const opening = Promise.resolve(openSession(parts, { tenant: 'acme', agent: 'counts' }));
    await isolate(it, 'process');
    await placing(it);
    await placing(it);
    expect((await opening).place!.rung).toBe('process');
  });
});

test('an open that waits for its tenant’s config starts where the tenant is by then', async () => {
  const config = gate<unknown>();
  const it = await controlled({ config: () => config.promise });
  const waiting = it.open('acme');
  await turns();
  await it.ask({ command: 'isolate', tenant: 'acme', as: 'process' });
  config.open({});
  await placing(it);
  expect((await waiting).place!.rung).toBe('process');
});

describe('an open that waits for a full pool', () => {
  test('starts where its tenant is by then, not where it was when it asked', async () => {
    const it = await controlled({ maxConcurrentSessions: 1, fairQueue: {} });
    const running = await it.open('other');
    const waiting = it.open('acme');
    await it.ask({ command: 'isolate', tenant: 'acme', as: 'process' });
    await running.cancel();
    await placing(it);
    expect((await waiting).place!.rung).toBe('process');
  });

  test('is refused where its tenant is quarantined by then', async () => {
    const it = await controlled({ maxConcurrentSessions: 1, fairQueue: {} });
    const running = await it.open('other');
    const waiting = it.open('acme').then(
      () => 'started',
      (error: { code: string }) => error.code,
    );
    await it.ask({ command: 'isolate', tenant: 'acme', as: 'quarantined' });
    await running.cancel();
    await turns(3);
    expect(await waiting).toBe('TENANTRY_TENANT_QUARANTINED');
  });
});
