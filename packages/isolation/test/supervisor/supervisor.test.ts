import { afterEach, describe, expect, test } from '@jest/globals';
import type { IsolateOptions, TenantSettings } from '@tenantry/core/internal';
import type { Isolate } from '../../src/host/isolate.js';
import { Supervisor } from '../../src/supervisor/supervisor.js';
import { caught } from '../support/caught.js';
import { specOf } from '../support/fake-channel.js';
import { TestContext, settingsWith } from '../support/isolates-context.js';
import { turns } from '../support/turns.js';

const CRASH = { reason: 'exit', detail: 'exit code 1' } as const;
const open: Supervisor[] = [];

function supervising(
  options: Partial<IsolateOptions> = {},
  spareSettings: TenantSettings[] = [],
): { context: TestContext; supervisor: Supervisor; kept: string[] } {
  const context = new TestContext(options, spareSettings);
  const kept: string[] = [];
  const supervisor = new Supervisor(
    context,
    {
      made: ({ id }) => kept.push(`made ${id}`),
      ended: ({ id }) => kept.push(`ended ${id}`),
      gone: ({ id }) => kept.push(`gone ${id}`),
    },
    context.makeChannel,
  );
  open.push(supervisor);
  return { context, supervisor, kept };
}

/** A session on it that starts and ends. */
async function visit(context: TestContext, isolate: Isolate, id: string): Promise<() => void> {
  const opening = isolate.open(specOf(id), 'file:///echo.js', () => {});
  const channel = context.channels.find(({ carriers }) => carriers.has(id))!;
  channel.carriers.get(id)!.say({ kind: 'started' });
  await opening;
  const end = { reason: 'completed', result: null } as const;
  return () => channel.carriers.get(id)!.say({ kind: 'ended', cost: null, end });
}

afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

describe('a supervisor', () => {
  test('gives all sessions of a tenant one isolate, also while it starts', async () => {
    const { context, supervisor } = supervising();
    const settings = settingsWith();
    const [a, b] = await Promise.all([
      supervisor.acquire('acme', settings),
      supervisor.acquire('acme', settings),
    ]);
    expect([b, await supervisor.acquire('acme', settings)]).toEqual([a, a]);
    expect([a.tenant, context.channels.length]).toEqual(['acme', 1]);
    expect(context.channels[0]!.assigned[0]!.tenant).toBe('acme');
    expect(context.kinds()).toEqual(['isolate.started']);
  });

  test('gives two tenants two isolates, and each session one where that is the scope', async () => {
    const { context, supervisor } = supervising();
    await supervisor.acquire('acme', settingsWith());
    await supervisor.acquire('zeta', settingsWith());
    for (const _session of [1, 2])
      await supervisor.acquire('solo', settingsWith({ isolateScope: 'session' }));
    expect(context.channels).toHaveLength(4);
  });

  test('gives a tenant that is on two rungs one isolate on each', async () => {
    const { context, supervisor } = supervising();
    const [thread, child] = [settingsWith({ isolate: 'worker_threads' }), settingsWith()];
    const first = await supervisor.acquire('acme', thread);
    const second = await supervisor.acquire('acme', child);
    expect([first.rung, second.rung]).toEqual(['thread', 'process']);
    expect(await supervisor.acquire('acme', thread)).toBe(first);
    expect(await supervisor.acquire('acme', child)).toBe(second);
    expect(context.channels).toHaveLength(2);
  });

  test('refuses where as many isolates run as may', async () => {
    const { supervisor } = supervising({ maxIsolates: 1 });
    await supervisor.acquire('acme', settingsWith());
    expect(await caught(() => supervisor.acquire('zeta', settingsWith()))).toMatchObject({
      code: 'TENANTRY_ISOLATE_LIMIT',
      details: { running: 1, limit: 1 },
    });
  });

  test('tells an end, starts anew, then waits, then gives up', async () => {
    const restart = { ...new TestContext().options.restart, intensity: 2 };
    const { context, supervisor, kept } = supervising({ restart });
    const crash = async (): Promise<void> => {
      await supervisor.acquire('acme', settingsWith());
      context.channels.at(-1)!.end(CRASH);
      await turns();
    };
    await crash();
    expect(kept).toEqual(['made process-1', 'ended process-1', 'gone process-1']);
    await crash();
    const held = await caught(crash);
    expect(held).toMatchObject({ code: 'TENANTRY_ISOLATE_BACKOFF', retryAfterMs: 1_000 });
    expect(held.message).toContain('(last end: exit, exit code 1)');
    context.manual.advance(1_000);
    await crash();
    expect(context.events.at(-1)).toMatchObject({ kind: 'isolate.gave-up', restarts: 2 });
    expect((await caught(crash)).code).toBe('TENANTRY_TENANT_QUARANTINED');
  });

  test('does not hold an end against its tenant that somebody wanted', async () => {
    const { supervisor } = supervising();
    for (let round = 0; round < 10; round += 1) {
      const isolate = await supervisor.acquire('acme', settingsWith());
      await isolate.end({ reason: 'idle', detail: 'no session' });
      await turns();
    }
    expect(supervisor.slotOf('acme')!.policy.restarts).toBe(0);
  });

  test('keeps the place of an isolate that is stuck, and says so', async () => {
    const { context, supervisor } = supervising({ maxIsolates: 1 });
    await supervisor.acquire('acme', settingsWith());
    const [channel] = context.channels;
    channel!.goesAtOnce = false;
    channel!.end(CRASH);
    await turns();
    context.manual.advance(1_000);
    await turns();
    expect(context.kinds().at(-1)).toBe('isolate.stuck');
    expect((await caught(() => supervisor.acquire('zeta', settingsWith()))).code).toBe(
      'TENANTRY_ISOLATE_LIMIT',
    );
    channel!.goAway();
    await turns();
    await supervisor.acquire('zeta', settingsWith());
  });

  describe('that is full, with a spare of another kind', () => {
    async function full() {
      const options = { maxIsolates: 1, spareIsolates: 1 };
      const made = supervising(options, [settingsWith({ isolate: 'worker_threads' })]);
      await turns();
      const [spare] = made.context.channels;
      spare!.goesAtOnce = false;
      const acquiring = made.supervisor.acquire('acme', settingsWith());
      acquiring.catch(() => {});
      await turns();
      return { ...made, spare: spare!, acquiring };
    }

    test('starts none before the spare is gone, and gives its place to nobody else', async () => {
      const { context, supervisor, kept, spare, acquiring } = await full();
      expect(spare.ends).toMatchObject([{ reason: 'stopped' }, { reason: 'stopped' }]);
      expect(context.channels).toHaveLength(1);
      const other = await caught(() => supervisor.acquire('zeta', settingsWith()));
      expect(other.code).toBe('TENANTRY_ISOLATE_LIMIT');
      spare.goAway();
      expect(await acquiring).toMatchObject({ tenant: 'acme', state: 'ready' });
      expect(kept).toEqual(['made thread-1', 'ended thread-1', 'gone thread-1', 'made process-2']);
    });

    test('refuses where the spare does not go', async () => {
      const { context, spare, acquiring } = await full();
      context.manual.advance(1_000);
      expect((await caught(() => acquiring)).code).toBe('TENANTRY_ISOLATE_LIMIT');
      expect(context.channels).toHaveLength(1);
      spare.goAway();
    });

    test('starts none where it is closed before the spare is gone', async () => {
      const { context, supervisor, spare, acquiring } = await full();
      const closing = supervisor.close();
      spare.goAway();
      expect((await caught(() => acquiring)).code).toBe('TENANTRY_POOL_CLOSED');
      await closing;
      expect(context.channels).toHaveLength(1);
    });
  });

  test('ends an isolate that cannot be assigned', async () => {
    const { context, supervisor, kept } = supervising();
    context.prepare = (channel) => {
      channel.assigns = () => Promise.reject(new Error('no answer'));
    };
    await caught(() => supervisor.acquire('acme', settingsWith()));
    await turns();
    expect(kept).toEqual(['made process-1', 'ended process-1', 'gone process-1']);
  });

  test('starts nothing once it is closed', async () => {
    const { context, supervisor } = supervising();
    await supervisor.close();
    const error = await caught(() => supervisor.acquire('acme', settingsWith()));
    expect([error.code, context.channels.length]).toEqual(['TENANTRY_POOL_CLOSED', 0]);
  });
});

describe('an isolate that is recycled', () => {
  test('gets no new session', async () => {
    const { context, supervisor } = supervising();
    const first = await supervisor.acquire('acme', settingsWith());
    const end = await visit(context, first, 's1');
    supervisor.recycle(first);
    expect(await supervisor.acquire('acme', settingsWith())).not.toBe(first);
    end();
  });

  test('does not cost the tenant its new one, when it is recycled again or ends', async () => {
    const { context, supervisor } = supervising();
    const first = await supervisor.acquire('acme', settingsWith());
    const end = await visit(context, first, 's1');
    supervisor.recycle(first);
    const second = await supervisor.acquire('acme', settingsWith());
    supervisor.recycle(first);
    expect(await supervisor.acquire('acme', settingsWith())).toBe(second);
    end();
    await turns();
    expect(first.state).toBe('stopped');
    expect(await supervisor.acquire('acme', settingsWith())).toBe(second);
  });
});

describe('an isolate without sessions', () => {
  test('is ended at once where it was for one session', async () => {
    const { context, supervisor } = supervising();
    const isolate = await supervisor.acquire('acme', settingsWith({ isolateScope: 'session' }));
    (await visit(context, isolate, 's1'))();
    await turns();
    expect(isolate.endedWith?.reason).toBe('idle');
  });

  test('is ended when it was idle for its time, counted from its last session', async () => {
    const { context, supervisor } = supervising({ isolateIdleMs: 1_000 });
    const isolate = await supervisor.acquire('acme', settingsWith());
    (await visit(context, isolate, 's1'))();
    context.manual.advance(900);
    (await visit(context, isolate, 's2'))();
    context.manual.advance(999);
    await turns();
    expect(isolate.endedWith).toBeUndefined();
    context.manual.advance(1);
    await turns();
    expect(isolate.endedWith?.reason).toBe('idle');
  });
});
