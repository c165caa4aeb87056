/** A session moved by `pool.moveSession`: where it may go, what it finds there, who is told. */
import { describe, expect, test } from '@jest/globals';
import { moveSession, type MoveTarget } from '../../src/pool/move-session.js';
import { compareRungs, type Rung } from '../../src/vocabulary/rung.js';
import { caught } from '../caught.js';
import { turns } from '../turns.js';
import { controlled, type Controlled } from './controlled.js';

const TARGETS: Readonly<Record<Exclude<Rung, 'quarantined'>, Omit<MoveTarget, 'deadlineMs'>>> = {
  coroutine: { isolation: 'coroutine' },
  thread: { isolation: 'process', isolate: 'worker_threads' },
  process: { isolation: 'process', isolate: 'child_process' },
};

type To = keyof typeof TARGETS;

async function move(it: Controlled, session: string, to: To) {
  const moving = moveSession(it.life.running('a test'), session, {
    ...TARGETS[to],
    deadlineMs: 1_000,
  });
  moving.catch(() => {});
  await turns(3);
  for (const start of it.isolates.starts) start.place();
  return moving;
}

const tenants = {
  floored: { isolation: 'process' },
  thready: { isolation: 'process', escalation: { floor: 'thread' } },
  low: { escalation: { ceiling: 'thread' } },
  still: { escalation: { pin: 'coroutine' } },
  acme: {},
} as const;

describe('a session is not moved', () => {
  test.each([
    ['floored', 'coroutine', 'TENANTRY_OPTIONS_INVALID', 'outside of its floor'],
    ['thready', 'coroutine', 'TENANTRY_OPTIONS_INVALID', 'outside of its floor'],
    ['low', 'process', 'TENANTRY_OPTIONS_INVALID', 'outside of its ceiling'],
    ['still', 'thread', 'TENANTRY_TENANT_PINNED', 'is pinned'],
  ] as const)('of %s to a %s', async (tenant, to, code, message) => {
    const it = await controlled({ tenants });
    const { id } = await it.open(tenant, 'counts');
    const error = await caught(() => move(it, id, to));
    expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test.each(['thread', 'process', 'quarantined'] as const)(
    'below the %s that its tenant is confined to',
    async (as) => {
      const it = await controlled({ tenants, escalation: { carryOver: false } });
      const { id } = await it.open('acme', 'counts');
      await turns();
      await it.ask({ command: 'isolate', tenant: 'acme', as });
      for (const to of ['coroutine', 'thread', 'process'] as const) {
        if (compareRungs(to, as) >= 0) continue;
        const error = await caught(() => move(it, id, to));
        expect(error).toMatchObject({ code: 'TENANTRY_TENANT_CONFINED' });
      }
    },
  );

  test('of a tenant on probation below its canaries', async () => {
    const it = await controlled({ tenants, escalation: { carryOver: false, probationMs: 60_000 } });
    const { id } = await it.open('acme', 'counts');
    await turns();
    it.offend();
    for (let second = 0; second < 61; second += 1) it.clock.advance(1_000);
    expect(it.ladder()).toMatchObject({ state: 'probation', rung: 'process' });
    const error = await caught(() => move(it, id, 'coroutine'));
    expect(error).toMatchObject({ code: 'TENANTRY_TENANT_CONFINED' });
    expect(await move(it, id, 'thread')).toMatchObject({ kind: 'moved' });
  });
});

test('in a place that it was moved into, the limit of such isolates holds', async () => {
  const it = await controlled({ tenants: { ...tenants, own: { memoryLimitMb: 64 } } });
  const limits: unknown[] = [];
  const prepare = it.isolates.prepare.bind(it.isolates);
  it.isolates.prepare = (tenant, agent, settings) => {
    limits.push(settings.memoryLimitMb);
    return prepare(tenant, agent, settings);
  };
  for (const tenant of ['acme', 'own']) {
    const { id } = await it.open(tenant, 'counts');
    await turns();
    expect(await move(it, id, 'thread')).toMatchObject({ kind: 'moved' });
  }
  expect(limits).toEqual([512, 64]);
});

test('the trail names the hand that moved it', async () => {
  const it = await controlled({ tenants });
  const { id } = await it.open('acme', 'counts');
  await turns();
  await move(it, id, 'thread');
  expect(it.acts()).toMatchObject([['session.moved', { kind: 'operator', via: 'api' }, null]]);
  const { sentences } = (await it.ask({ command: 'explain', name: 'acme' })) as unknown as {
    sentences: string[];
  };
  expect(sentences.join('\n')).toMatch(/its client noticed nothing, by hand \(uid \d+, api\)/);
});
