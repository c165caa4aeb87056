/** Profiles over the socket of a real host, of what never gives its loop back too. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PoolProfile, Snapshot } from '@tenantry/core';
import { askInspector } from '@tenantry/core/internal';
import { firstLine, killHosts, startHost } from '../support/host-process.js';
import { onThisMachine } from '../support/machine.js';
import { RUNGS, rejection, until, type RungUnderTest } from '../support/rungs.js';

interface Host {
  readonly process: ChildProcess;
  readonly session: string;
  stderr: string;
  snapshot(): Promise<Snapshot>;
  profile(target: string, seconds?: number, type?: 'cpu' | 'heap'): Promise<PoolProfile>;
  /** Resolves when acme's agent holds its loop. */
  begin(): Promise<void>;
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-profile-'));
});
afterEach(async () => {
  killHosts();
  await rm(folder, { recursive: true, force: true });
});

const INPUTS: Readonly<Record<string, unknown>> = {
  'loops-forever': 'loop',
  exits: 7,
  'waits-natively': 7,
};

async function start(rung: RungUnderTest, agent: string, unresponsiveMs = 60_000): Promise<Host> {
  const socket = path.join(folder, 'pool.sock');
  const input = JSON.stringify(INPUTS[agent] ?? null);
  const args = [rung, agent, input, String(unresponsiveMs), socket];
  const child = startHost('profiled', { args });
  const { session } = JSON.parse(await firstLine(child)) as { session: string };
  const snapshot = async (): Promise<Snapshot> =>
    (await askInspector(socket, { command: 'snapshot' })) as Snapshot;
  const host: Host = {
    process: child,
    session,
    stderr: '',
    snapshot,
    profile: async (target, seconds = 0.5, type = 'cpu') => {
      const request = { command: 'profile', target, type, seconds } as const;
      return (await askInspector(socket, request, { replyTimeoutMs: 20_000 })) as PoolProfile;
    },
    begin: async () => {
      // So that the observer holds what it knows now.
      await snapshot();
      child.kill('SIGUSR2');
      await until('acme blocks its loop', async () =>
        (await snapshot()).blocks.some(({ tenant, isOngoing }) => tenant === 'acme' && isOngoing),
      );
    },
  };
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (host.stderr += text));
  return host;
}

interface CpuNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
}

/** What DevTools needs of a `.cpuprofile`; answers the function with most samples. */
function busiest({ profile }: PoolProfile): { readonly name: string; readonly share: number } {
  const { nodes, samples, timeDeltas, startTime, endTime } = profile as unknown as {
    nodes: CpuNode[];
    samples: number[];
    timeDeltas: number[];
    startTime: number;
    endTime: number;
  };
  expect(endTime).toBeGreaterThan(startTime);
  expect(timeDeltas).toHaveLength(samples.length);
  expect(samples.length).toBeGreaterThan(10);
  const named = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]));
  expect(named.size).toBe(nodes.length);
  expect(named.get(nodes[0]!.id)).toBe('(root)');
  const counts = new Map<string, number>();
  for (const id of samples) counts.set(named.get(id)!, (counts.get(named.get(id)!) ?? 0) + 1);
  const [name, count] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
  return { name, share: count / samples.length };
}

interface HeapNode {
  readonly callFrame: { readonly functionName: string };
  readonly selfSize: number;
  readonly children: readonly HeapNode[];
}

function heapNodes(node: HeapNode): HeapNode[] {
  return [node, ...node.children.flatMap(heapNodes)];
}

const ISOLATES = { coroutine: 'main', thread: 'thread-1', process: 'process-1' } as const;

describe.each(RUNGS)('a profile of an agent that never gives its loop back, %s', (rung) => {
  test('names the function, for the isolate, the session and the tenant', async () => {
    const host = await start(rung, 'loops-forever');
    await host.begin();
    const isolate = ISOLATES[rung];
    const meta = { name: 'tenantry', type: 'cpu', seconds: 0.5 };
    for (const [target, session, tenant] of [
      [isolate, null, rung === 'coroutine' ? null : 'acme'],
      [host.session.slice(0, 8), host.session, 'acme'],
      ['acme', null, 'acme'],
    ] as const) {
      const taken = await host.profile(target);
      const sessions = rung === 'coroutine' ? 2 : 1;
      expect(taken).toMatchObject({
        ...meta,
        target: { isolate, rung, session, tenant, sessions },
      });
      expect(taken.sampledMs).toBeGreaterThan(450);
      const { name, share } = busiest(taken);
      expect(name).toBe('loop');
      expect(share).toBeGreaterThan(0.5);
    }
  });
});

describe.each(RUNGS)('a heap profile, %s', (rung) => {
  test('has the function that allocates', async () => {
    const host = await start(rung, 'allocates');
    await host.snapshot();
    host.process.kill('SIGUSR2');
    const { target, type, profile } = await host.profile('acme', 1, 'heap');
    expect({ isolate: target.isolate, type }).toEqual({ isolate: ISOLATES[rung], type: 'heap' });
    const nodes = heapNodes((profile as unknown as { head: HeapNode }).head);
    const allocating = nodes.filter(({ callFrame }) => callFrame.functionName === 'allocateHere');
    expect(allocating.some(({ selfSize }) => selfSize > 100_000)).toBe(true);
  });
});

/** Whether V8 has a CPU profiler in that process: it is a thread of its own. */
async function isProfiled({ process: { pid } }: Host): Promise<boolean> {
  const names = await Promise.all(
    (await readdir(`/proc/${pid}/task`)).map((id) =>
      readFile(`/proc/${pid}/task/${id}/comm`, 'utf8').catch(() => ''),
    ),
  );
  return names.some((name) => name.startsWith('v8:ProfEvntProc'));
}

describe('a thread in a native call', () => {
  test('is given up, and nothing begins there when the call returns', async () => {
    const host = await start('thread', 'waits-natively');
    await host.begin();
    const refusal = await rejection(host.profile('acme', 0.1));
    expect(refusal).toMatchObject({ code: 'TENANTRY_PROFILE_TIMEOUT', retryable: true });
    expect(refusal.message).toContain('isolate thread-1: no profile within 5100 ms');
    expect((await host.snapshot()).blocks[0]).toMatchObject({ tenant: 'acme', isOngoing: true });
    await until(
      'the call has returned',
      async () => (await host.snapshot()).recentEnds.length > 0,
      20_000,
    );
    expect((await host.profile('acme', 0.1)).target.isolate).toBe('thread-1');
    expect(await isProfiled(host)).toBe(false);
    const taking = host.profile('acme', 2);
    await until('one is seen', () => isProfiled(host));
    await taking;
    expect(await isProfiled(host)).toBe(false);
  }, 60_000);
});

describe('a host that is profiled', () => {
  test('takes one profile at a time, and answers everything else meanwhile', async () => {
    const host = await start('thread', 'loops-forever');
    await host.begin();
    const taking = host.profile('acme', 2);
    await until('it is being taken', () => isProfiled(host));
    const refusal = await rejection(host.profile('main', 1));
    expect(refusal).toMatchObject({ code: 'TENANTRY_PROFILE_BUSY', retryable: true });
    expect((refusal as { retryAfterMs?: number }).retryAfterMs).toBeLessThanOrEqual(2_000);
    expect((await host.snapshot()).runtime.state).toBe('running');
    expect(busiest(await taking).name).toBe('loop');
    expect((await host.profile('main', 0.1)).target.isolate).toBe('main');
  });

  test('may take longer than a silent client is waited for', async () => {
    const host = await start('coroutine', 'loops-forever');
    await host.begin();
    expect((await host.profile('main', 5.5)).sampledMs).toBeGreaterThan(5_400);
  });

  test('says when and how a session and its isolate have ended', async () => {
    const host = await start('thread', 'exits');
    host.process.kill('SIGUSR2');
    await until('it has ended', async () => (await host.snapshot()).recentEnds.length > 0);
    expect(await rejection(host.profile(host.session))).toMatchObject({
      code: 'TENANTRY_PROFILE_TARGET_UNKNOWN',
      message: expect.stringMatching(
        `^session ${host.session} of tenant "acme" ended \\d\\.\\d s ago \\(isolate-crashed\\)$`,
      ),
    });
    expect((await rejection(host.profile('acme'))).message).toMatch(
      /^tenant "acme" has no isolate that runs: isolate thread-1 has ended: .* s ago \(exit, /,
    );
    expect((await rejection(host.profile('nobody'))).message).toContain(
      'has no isolate, session or tenant "nobody"',
    );
  });

  test.each(['thread', 'process'] as const)(
    'gives up the profile of a %s that ends meanwhile, at once',
    async (rung) => {
      const host = await start(rung, 'loops-forever', 1_000);
      await host.begin();
      const begunMs = performance.now();
      const refusal = await rejection(host.profile('acme', 15));
      expect(refusal.code).toBe('TENANTRY_PROFILE_TARGET_ENDED');
      expect(refusal.message).toContain(`isolate ${ISOLATES[rung]}: `);
      const tookMs = performance.now() - begunMs;
      expect(tookMs).toBeLessThan(await onThisMachine(10_000));
      expect((await host.profile('main', 0.1)).type).toBe('cpu');
    },
  );

  test.each([
    ['exits', 'SIGHUP', 3],
    ['closes its pool', 'SIGTERM', 0],
  ] as const)('%s without delay, after a profile and during one', async (_how, signal, code) => {
    const host = await start('thread', 'echo');
    await host.profile('acme', 0.1);
    await host.profile('main', 0.1);
    const lost = rejection(host.profile('main', 20));
    await until('it is being taken', () => isProfiled(host));
    const exited = once(host.process, 'close');
    const toldMs = performance.now();
    host.process.kill(signal);
    expect(await exited).toEqual([code, null]);
    const tookMs = performance.now() - toldMs;
    expect(tookMs).toBeLessThan(await onThisMachine(2_000));
    await lost;
    expect(host.stderr).toBe('');
  });
});
