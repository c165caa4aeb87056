/** The observer thread as a host sees it: what it costs, what it must never do, and that it is healed. */
import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, test } from '@jest/globals';
import { onThisMachine } from '../support/machine.js';
import { killHosts, ran, runHost, startHost, type HostOptions } from '../support/host-process.js';

afterEach(killHosts);

/** What a host says, by name; it has to end well. */
async function saidBy(name: string, options: HostOptions = {}): Promise<Record<string, unknown>> {
  const { lines, code, stderr } = await runHost(name, options);
  expect(stderr).toBe(options.flags?.includes('--inspect=0') ? stderr : '');
  expect(code).toBe(0);
  return Object.fromEntries(
    (lines as { what: string; value: unknown }[]).map(({ what, value }) => [what, value]),
  );
}

interface Running {
  readonly threads: number;
  readonly resources: string[];
  readonly numbersPromises: boolean;
  readonly answersProbes: boolean;
}

describe('a pool without introspection', () => {
  test('has no thread, no timer, no hook, no socket and no figures of it', async () => {
    const said = await saidBy('measures-nothing', { args: ['without'] });
    expect(said['open']).toEqual(said['before']);
    expect(said['socket']).toBe(false);
    expect(said['seen']).toEqual({
      blocks: false,
      cpu: false,
      unattributed: false,
      system: false,
      observer: 'off',
      isolates: 1,
    });
  });
});

describe('a pool with introspection', () => {
  test('has one thread and one hook, and leaves neither when it closes', async () => {
    const said = await saidBy('measures-nothing', { args: ['with'] });
    const [before, open] = [said['before'] as Running, said['open'] as Running];
    expect(open.threads).toBe(before.threads + 1);
    expect(open).toMatchObject({ numbersPromises: true, answersProbes: true });
    expect(said['socket']).toBe(true);
    expect(said['seen']).toMatchObject({ blocks: true, cpu: true, observer: 'watching' });
    expect(said['closed']).toEqual({ threads: before.threads, answersProbes: false });
  });

  test.each(['by itself', 'right after a block', 'in a block', 'after a native block'])(
    'ends %s, at once and without a word',
    async (how) => {
      let endsMs = 0;
      const host = startHost('ends-while-watched', { args: [how] });
      const { code, stderr } = await ran(host, () => (endsMs ||= performance.now()));
      expect([code, stderr]).toEqual([0, '']);
      expect(endsMs).toBeGreaterThan(0);
      const tookMs = performance.now() - endsMs;
      expect(tookMs).toBeLessThan(await onThisMachine(1_000));
    },
  );

  test('sees no block while a debugger may be attached', async () => {
    const said = await saidBy('debugged', { flags: ['--inspect=0'] });
    expect(said).toEqual({ open: true, 'while open': 0, after: ['shared', 'threaded'] });
  });

  test('tells that its observer has died, and has a new one', async () => {
    const said = await saidBy('loses-its-observer');
    expect(said).toMatchObject({
      event: { kind: 'observer.ended', restarts: 1 },
      log: 'warn',
      state: 'lost',
      healed: { state: 'watching', restarts: 1 },
      blocks: [['acme', 'spin']],
    });
    expect((said['event'] as { detail: string }).detail).toContain('kind');
  });

  test('shares its observer with other pools, and not its blocks', async () => {
    const said = await saidBy('two-pools');
    expect(said['observers']).toEqual({ first: 1, second: 0 });
    expect(said['sockets']).toBe(true);
    for (const tenant of ['shared', 'threaded']) {
      expect(said[tenant]).toEqual({
        one: [
          [true, true, tenant],
          [false, true, tenant],
        ],
        other: [],
      });
      expect(said[`${tenant} of the other`]).toEqual({ one: 0, other: 2 });
    }
    expect(said['counted']).toEqual({ one: 2, other: 2 });
    expect(said['after one has closed']).toBe(2);
  });
});

describe('a block of no session', () => {
  test('is the host’s, or the collector’s, and never a tenant’s', async () => {
    const said = await saidBy('blocks-itself', { flags: ['--expose-gc', '--single-threaded-gc'] });
    const nobody = { tenant: null, session: null };
    const told = said['host'] as { function: string | null; isOngoing: boolean }[];
    // On a busy machine a thread may be held by another one's lock besides: that has no line.
    expect(told.filter((block) => block.isOngoing || block.function !== null)).toEqual([
      { ...nobody, cause: 'host', isOngoing: true, function: 'spin' },
      { ...nobody, cause: 'host', isOngoing: false, function: 'spin' },
    ]);
    for (const what of ['collected by the host', 'collected in a turn']) {
      const told = said[what] as { tenant: string | null; cause: string; isOngoing: boolean }[];
      expect(told.map(({ tenant }) => tenant)).toEqual(told.map(() => null));
      expect(told.at(-1)).toMatchObject({ ...nobody, cause: 'gc', isOngoing: false });
    }
    expect(said['blocks of the tenant']).toBe(0);
  });
});
