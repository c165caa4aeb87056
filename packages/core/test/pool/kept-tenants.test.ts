import { mkdirSync, readFileSync, rmSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import type { TenantRow } from '../../src/snapshot/snapshot.js';
import { AuditLog } from '../../src/state/audit-log.js';
import { KeyedStore } from '../../src/state/keyed-store.js';
import { StateDir } from '../../src/state/state-dir.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';
import { FakeIsolates, OUT_OF_MEMORY } from './fake-isolates.js';
import { agentOf, echo, makePool, patient, type TestPool } from './test-pool.js';

const HOUR_MS = 3_600_000;
const fails = agentOf('fails', () => {
  throw new Error('as it does');
});

interface Run extends TestPool {
  offend(tenant?: string): void;
  row(tenant?: string): Promise<TenantRow>;
  fail(times: number): Promise<void>;
}

/** A pool on that directory, whose wall clock is off by `jumpMs`. */
async function run(
  stateDir: string,
  options: Partial<AgentPoolOptions> = {},
  jumpMs = 0,
): Promise<Run> {
  const isolates = new FakeIsolates();
  const made = makePool({
    agents: [],
    isolates: isolates.factory,
    escalation: { confinementMs: 60_000 },
    enableTenantCircuitBreaker: true,
    stateDir,
    ...options,
  });
  const { pool, clock } = made;
  const epochMs = clock.epochMs.bind(clock);
  clock.epochMs = () => epochMs() + jumpMs;
  for (const agent of [echo, patient, fails]) pool.add(agent, { url: 'file:///any.js' });
  await pool.start();
  return {
    ...made,
    offend: (tenant = 'acme') => isolates.tellEnd(tenant, OUT_OF_MEMORY),
    row: async (tenant = 'acme') =>
      (await pool.snapshot()).tenants.find((each) => each.tenant === tenant)!,
    fail: async (times) => {
      for (let time = 0; time < times; time += 1) {
        await (
          await pool.open({ tenant: 'acme', agent: 'fails' })
        ).done;
      }
    },
  };
}

const seen = async ({ pool }: Run): Promise<void> => {
  await (await pool.open({ tenant: 'acme', agent: 'echo' })).close();
};

/** What another program has put where a tenant's place is kept. */
async function put(stateDir: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const dir = await StateDir.open(stateDir);
  const store = await KeyedStore.open(dir, 'tenants', {
    clock: new ManualClock(),
    log: new MemoryLog(),
  });
  for (const [tenant, value] of Object.entries(values)) await store.put(tenant, value);
  await store.close();
  // As it is of a pool that has kept something.
  const audit = await AuditLog.open({ dir, clock: new ManualClock(), log: new MemoryLog() });
  await audit.append({ kind: 'pool.started', actor: { kind: 'runtime' }, detail: {} });
  await audit.close();
  await dir.close();
}

describe('the next process', () => {
  test('has a tenant where it was, with its evidence and the time it has still to serve', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir);
    await seen(first);
    first.offend();
    first.clock.advance(20_000);
    await first.pool.cap('acme', 9);
    await first.pool.close();
    const second = await run(stateDir);
    expect(await second.row()).toMatchObject({
      rung: 'process',
      ladder: { state: 'confined', leftMs: 40_000, lastOffence: { kind: 'out-of-memory' } },
    });
    second.clock.advance(40_000);
    expect((await second.row()).ladder).toMatchObject({ state: 'probation' });
    expect((await second.pool.explain('acme')).sentences.join('\n')).toContain('1 × out of memory');
  });

  test('knows how often it has relapsed: the next time is longer', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir);
    await seen(first);
    first.offend();
    first.clock.advance(60_000);
    first.offend();
    expect((await first.row()).ladder).toMatchObject({ relapses: 1, leftMs: 120_000 });
    await first.pool.close();
    const second = await run(stateDir);
    expect((await second.row()).ladder).toMatchObject({ relapses: 1, leftMs: 120_000 });
  });

  test('refuses a tenant that is quarantined by hand, until somebody releases it', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir);
    await seen(first);
    await first.pool.isolate('acme', { as: 'quarantined' });
    await first.pool.close();
    const second = await run(stateDir);
    expect((await caught(() => seen(second))).code).toBe('TENANTRY_TENANT_QUARANTINED');
    await second.pool.release('acme');
    await second.pool.close();
    await seen(await run(stateDir));
  });

  test('has a pin, and has none that was taken away', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir);
    await seen(first);
    await first.pool.pin('acme', 'thread');
    await first.pool.close();
    const second = await run(stateDir);
    expect((await second.row()).ladder).toMatchObject({ state: 'pinned', pin: 'thread' });
    await second.pool.pin('acme', null);
    await second.pool.close();
    expect((await (await run(stateDir)).row()).ladder).toMatchObject({ state: 'free', pin: null });
  });

  test('has a cap set by hand, and the configured one where it was given back', async () => {
    const stateDir = tempFolder();
    const options = { tenants: { acme: { maxSessions: 5 } } };
    const first = await run(stateDir, options);
    await first.pool.cap('acme', 2);
    await first.pool.close();
    const second = await run(stateDir, options);
    expect(await second.row()).toMatchObject({ maxSessions: 2 });
    await second.pool.cap('acme', null);
    await second.pool.close();
    const third = await run(stateDir, { tenants: { acme: { maxSessions: 8 } } });
    expect(await third.row()).toMatchObject({ maxSessions: 8 });
  });

  test('has an open breaker open for what is left of its cooldown, then probes', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir);
    await first.fail(5);
    first.clock.advance(10_000);
    await first.pool.close();
    const second = await run(stateDir, {}, 10_000);
    const refused = await caught(() => seen(second));
    expect([refused.code, refused.retryAfterMs]).toEqual(['TENANTRY_BREAKER_OPEN', 20_000]);
    expect(await second.row()).toMatchObject({ breaker: { trips: 1, failures: 5 } });
    second.clock.advance(20_000);
    await seen(second);
    expect(await second.row()).toMatchObject({ breaker: { state: 'closed' } });
  });

  test('holds a breaker no longer than its options of today allow, but one tripped by hand', async () => {
    const stateDir = tempFolder();
    const long = { circuitBreaker: { cooldownMs: HOUR_MS }, enableTenantCircuitBreaker: undefined };
    const first = await run(stateDir, { ...long, tenants: { byhand: {} } });
    await first.fail(5);
    await first.pool.trip('byhand');
    await first.pool.close();
    const short = { circuitBreaker: { cooldownMs: 1_000, maxCooldownMs: 5_000 } };
    const second = await run(stateDir, { ...short, enableTenantCircuitBreaker: undefined });
    expect(await second.row()).toMatchObject({ breaker: { nextProbeInMs: 5_000 } });
    expect(await second.row('byhand')).toMatchObject({ breaker: { nextProbeInMs: HOUR_MS } });
  });

  test('that enforces nothing keeps the evidence, and what a person has done', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir, { tenants: { byhand: {} } });
    await seen(first);
    first.offend();
    await first.pool.isolate('byhand', { as: 'thread' });
    await first.pool.close();
    const second = await run(stateDir, { escalation: undefined });
    expect(await second.row()).toMatchObject({
      rung: 'coroutine',
      ladder: { state: 'free', lastOffence: { kind: 'out-of-memory' } },
    });
    expect(await second.row('byhand')).toMatchObject({ rung: 'thread' });
  });

  test('has what became of one that the pool had long forgotten', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir);
    await seen(first);
    first.offend();
    for (let at = 0; at < 10_000; at += 1) {
      await (await first.pool.open({ tenant: `n${at}`, agent: 'echo' })).close();
    }
    expect(await first.row()).toBeUndefined();
    first.clock.advance(HOUR_MS);
    await first.pool.close();
    const second = await run(stateDir);
    expect(await second.row()).toMatchObject({ rung: 'coroutine', ladder: { state: 'free' } });
  });

  test('has nobody of a pool without a state directory', async () => {
    const first = await run(tempFolder(), { stateDir: undefined });
    await seen(first);
    await first.pool.isolate('acme', { as: 'thread' });
    await first.pool.close();
    expect(await (await run(tempFolder())).row()).toBeUndefined();
  });
});

describe.each([
  ['an hour ahead', HOUR_MS, 30_000],
  ['an hour behind', -HOUR_MS, 30_000],
  ['at the end of 32 bits', 2 ** 31, 30_000],
])('a wall clock that is %s in the next process', (_, jumpMs) => {
  test('neither shortens nor lengthens the time to serve', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir);
    await seen(first);
    first.offend();
    await first.pool.close();
    const second = await run(stateDir, {}, jumpMs);
    expect((await second.row()).ladder).toMatchObject({ rung: 'process', leftMs: 60_000 });
    expect((await second.row()).ladder!.lastOffence!.agoMs).toBe(Math.max(0, jumpMs));
    second.clock.advance(59_000);
    expect((await second.row()).ladder).toMatchObject({ state: 'confined', leftMs: 1_000 });
  });

  test('holds an open breaker no longer than it had left', async () => {
    const stateDir = tempFolder();
    const first = await run(stateDir);
    await first.fail(5);
    await first.pool.close();
    const second = await run(stateDir, {}, jumpMs);
    const { breaker } = await second.row();
    if (jumpMs > 0) expect(breaker).toMatchObject({ state: 'half-open' });
    else expect(breaker).toMatchObject({ state: 'open', nextProbeInMs: 30_000 });
  });

  test('while the pool runs moves nobody: time is the monotonic clock’s', async () => {
    const it = await run(tempFolder());
    await seen(it);
    it.offend();
    const epochMs = it.clock.epochMs();
    it.clock.epochMs = () => epochMs + jumpMs;
    it.clock.advance(1_000);
    expect((await it.row()).ladder).toMatchObject({ state: 'confined', leftMs: 59_000 });
    expect(it.clock.armedCount).toBeLessThan(5);
  });
});

describe('what was kept of a tenant and cannot be read', () => {
  const breaker = {
    state: 'open',
    trips: 1,
    growth: 0,
    failures: 5,
    samples: 5,
    byHand: false,
    remainingMs: 30_000,
    savedAtMs: 1_700_000_000_000,
  };
  const sound = { version: 1, escalation: null, breaker: null, maxSessions: 3 };

  test.each([
    ['nothing of ours', 7],
    ['of another version', { ...sound, version: 2 }],
    ['with a cap below 0', { ...sound, maxSessions: -1 }],
    ['with a cap above the largest', { ...sound, maxSessions: 1e9 }],
    ['with a breaker of no state', { ...sound, breaker: { ...breaker, state: 'ajar' } }],
    ['null', null],
  ])('(%s) is told with its tenant; the tenant begins anew, the others go on', async (_, value) => {
    const stateDir = tempFolder();
    await put(stateDir, { bad: value, good: { ...sound, breaker } });
    const it = await run(stateDir, { tenants: { bad: { maxSessions: 5 } } });
    const told = it.log.lines.filter(({ level }) => level === 'error');
    expect(told).toEqual([
      {
        level: 'error',
        message: '[state] what was kept of a tenant cannot be read; what is missing begins anew',
        fields: { code: 'TENANTRY_STATE_DAMAGED', tenant: 'bad' },
      },
    ]);
    expect(await it.row('good')).toMatchObject({ maxSessions: 3, breaker: { state: 'open' } });
    expect(await it.row('bad')).toMatchObject({
      rung: 'coroutine',
      maxSessions: 5,
      breaker: { state: 'closed' },
      ladder: { state: 'free' },
    });
    await (await it.pool.open({ tenant: 'bad', agent: 'echo' })).close();
  });

  test('loses no cap and no breaker to a place on the ladder that is unreadable', async () => {
    const stateDir = tempFolder();
    await put(stateDir, { bad: { ...sound, escalation: { version: 1, rung: 'attic' }, breaker } });
    const it = await run(stateDir);
    expect(it.log.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ tenant: 'bad' }),
      }),
    );
    expect(await it.row('bad')).toMatchObject({
      rung: 'coroutine',
      maxSessions: 3,
      breaker: { state: 'open' },
      ladder: { state: 'free' },
    });
  });

  test('is left in its file until there is something else to keep', async () => {
    const stateDir = tempFolder();
    await put(stateDir, { bad: { ...sound, version: 2 } });
    const file = path.join(stateDir, 'tenants.jsonl');
    const before = readFileSync(file, 'utf8');
    await (await run(stateDir)).pool.close();
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  test('of more tenants than a pool remembers stops nobody', async () => {
    const stateDir = tempFolder();
    const dir = await StateDir.open(stateDir);
    const [clock, log] = [new ManualClock(), new MemoryLog()];
    const store = await KeyedStore.open(dir, 'tenants', { clock, log });
    const puts = Array.from({ length: 9_999 }, (_none, at) => store.put(`t${at}`, sound));
    await Promise.all(puts);
    await Promise.all(['x1', 'x2', 'x3'].map((tenant) => store.put(tenant, sound)));
    await store.close();
    await dir.close();
    const it = await run(stateDir);
    expect(await it.row('x3')).toMatchObject({ maxSessions: 3 });
    await seen(it);
  });
});

describe('a disk that refuses', () => {
  /** What stands there is no file, and cannot be kept under another name. */
  const refuse = (file: string): void => {
    rmSync(file);
    mkdirSync(file);
  };

  test('one of the two files of an act is told apart, and both are well again by themselves', async () => {
    const stateDir = tempFolder();
    const it = await run(stateDir);
    await seen(it);
    const [audit, tenants] = ['audit.jsonl', 'tenants.jsonl'].map((name) =>
      path.join(stateDir, name),
    ) as [string, string];
    const flags = async (): Promise<unknown> => {
      const { auditOk, keepingOk, auditRestarts } = (await it.pool.snapshot()).confinement!;
      const { text } = await it.pool.metricsText();
      const written = [...text.matchAll(/^tenantry_(?:audit|tenants)_writable (\d)$/gm)];
      return [auditOk, keepingOk, auditRestarts, ...written.map(([, flag]) => Number(flag))];
    };
    const well = async (times: number): Promise<void> => {
      it.clock.advance(1_000);
      const again = '[state] the disk takes records again';
      await until(
        'the disk takes again',
        () => it.log.lines.filter(({ message }) => message === again).length === times,
      );
    };
    await it.pool.cap('acme', 2);
    refuse(tenants);
    expect(await it.pool.cap('acme', 3)).toMatchObject({ isAudited: true, isKept: false });
    expect(await flags()).toEqual([true, false, 0, 1, 0]);
    rmdirSync(tenants);
    await well(1);
    it.clock.advance(1_000);
    await until('the refused is kept', () =>
      readFileSync(tenants, 'utf8').includes('"maxSessions":3'),
    );
    refuse(audit);
    expect(await it.pool.cap('acme', 4)).toMatchObject({ isAudited: false, isKept: true });
    expect(await flags()).toEqual([false, true, 0, 0, 1]);
    rmdirSync(audit);
    await well(2);
    expect(await flags()).toEqual([true, true, 1, 1, 1]);
    await it.pool.close();
    expect(await (await run(stateDir)).row()).toMatchObject({ maxSessions: 4 });
  });
});
