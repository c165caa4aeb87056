import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { codeOf } from '../../src/errors/errors.js';
import { askInspector, listRuntimes } from '../../src/inspector/inspector-client.js';
import { parseSnapshot } from '../../src/snapshot/snapshot.js';
import { caught } from '../caught.js';
import { tempFolder } from '../temp-folder.js';
import { turns } from '../turns.js';
import { FakeIsolates } from './fake-isolates.js';
import { agentOf, echo, makePool, patient, startedPool } from './test-pool.js';

describe('the life of a pool', () => {
  test('begins with start: before it nothing opens, twice it is refused', async () => {
    const { pool } = makePool();
    expect((await caught(() => pool.open())).code).toBe('TENANTRY_POOL_NOT_STARTED');
    expect((await pool.snapshot()).runtime.state).toBe('created');
    await pool.start();
    expect(pool.state).toBe('running');
    expect((await caught(() => pool.start())).code).toBe('TENANTRY_POOL_ALREADY_STARTED');
    expect((await pool.open()).state).toBe('active');
  });

  test('can end before it began', async () => {
    const { pool } = makePool();
    await pool.close();
    expect([pool.state, (await caught(() => pool.open())).code]).toEqual([
      'closed',
      'TENANTRY_POOL_CLOSED',
    ]);
  });

  test('takes agents at any time; a removed one serves what runs', async () => {
    const { pool } = await startedPool({ agents: [] });
    expect((await caught(() => pool.open())).code).toBe('TENANTRY_AGENT_NONE');
    pool.add(echo);
    const session = await pool.open();
    expect([pool.get('echo'), pool.remove('echo'), pool.get('echo')]).toEqual([
      echo,
      true,
      undefined,
    ]);
    expect((await caught(() => pool.open({ agent: 'echo' }))).code).toBe('TENANTRY_AGENT_UNKNOWN');
    await session.send('a');
    expect((await session.messages.next()).value).toBe('a');
  });

  test('quarantines a tenant whose isolate gave up, and counts stray errors by tenant', async () => {
    const isolates = new FakeIsolates();
    const events: string[] = [];
    const { pool, clock, log } = await startedPool({
      isolates: isolates.factory,
      observers: [{ onRuntimeEvent: ({ kind }) => void events.push(kind) }],
    });
    const { emit } = isolates.context!;
    emit({ kind: 'isolate.gave-up', tenant: 'acme', restarts: 5, quarantinedForMs: 300 });
    emit({
      kind: 'session.stray-error',
      session: 's1',
      tenant: 'acme',
      agent: 'echo',
      message: 'm',
    });
    expect(await caught(() => pool.open({ tenant: 'acme' }))).toMatchObject({
      code: 'TENANTRY_TENANT_QUARANTINED',
      retryAfterMs: 300,
    });
    expect((await pool.snapshot()).tenants[0]).toMatchObject({
      tenant: 'acme',
      rung: 'quarantined',
      quarantinedForMs: 300,
      strayErrors: 1,
    });
    expect((await pool.open({ tenant: 'other' })).state).toBe('active');
    clock.advance(300);
    expect((await pool.open({ tenant: 'acme' })).state).toBe('active');
    await turns(2);
    expect(events).toEqual(['isolate.gave-up', 'session.stray-error']);
    expect(log.lines.map(({ message }) => message)).toContain('[isolate.gave-up]');
  });
});

describe('the snapshot of a pool', () => {
  test('shows its sessions, tenants and totals, and passes the schema', async () => {
    const { pool, clock } = await startedPool({
      agents: [echo, patient],
      name: 'web',
      deploymentVersion: 'v7',
      maxConcurrentSessions: 3,
      tenants: { acme: { maxSessions: 2 } },
    });
    const done = await pool.open({ tenant: 'acme' });
    await done.send('a');
    await done.messages.next();
    await done.close();
    const running = await pool.open({ tenant: 'acme', agent: 'patient' });
    await pool.open();
    await caught(() => pool.open({ agent: 'nobody' }));
    clock.advance(250);
    const snapshot = parseSnapshot(JSON.parse(JSON.stringify(await pool.snapshot())));
    expect(snapshot.runtime).toMatchObject({
      name: 'web',
      pid: process.pid,
      node: process.version,
      deploymentVersion: 'v7',
      uptimeMs: 250,
      state: 'running',
    });
    expect(snapshot.takenAtMs).toBe(clock.epochMs());
    expect(snapshot.totals).toMatchObject({
      activeSessions: 2,
      maxConcurrentSessions: 3,
      totalSessionsStarted: 3,
      totalSessionFailures: 0,
      ends: { completed: 1 },
      refusals: { malformed: 1 },
      messagesIn: 1,
      messagesOut: 1,
      isolatesEnded: 0,
    });
    expect(snapshot.registeredAgents).toEqual(['echo', 'patient']);
    expect(snapshot.sessionsByAgent).toEqual({ echo: 1, patient: 1 });
    expect(snapshot.sessionsByTenant).toEqual({ acme: 1, default: 1 });
    expect(snapshot.coverage).toMatchObject({ isolates: 1, fresh: 1, stale: 0, lost: 0 });
    const [acme] = snapshot.tenants;
    expect(acme).toMatchObject({
      tenant: 'acme',
      active: 1,
      maxSessions: 2,
      started: 2,
      messagesIn: 1,
    });
    expect(snapshot.sessions.find(({ session }) => session === running.id)).toMatchObject({
      tenant: 'acme',
      agent: 'patient',
      rung: 'coroutine',
      isolate: 'main',
      state: 'active',
      durationMs: 250,
      idleMs: 250,
    });
  });

  test('keeps every count when its sessions are gone', async () => {
    const { pool } = await startedPool({
      agents: [echo, agentOf('bad', () => Promise.reject(new Error('own')))],
    });
    for (let index = 0; index < 5; index += 1) {
      const session = await pool.open({ tenant: `t${index}` });
      await session.send('a');
      await session.close();
      await (
        await pool.open({ tenant: `t${index}`, agent: 'bad' })
      ).done;
    }
    await pool.close();
    const { totals } = await pool.snapshot();
    expect(totals).toMatchObject({
      activeSessions: 0,
      totalSessionsStarted: 10,
      totalSessionFailures: 5,
      ends: { completed: 5, failed: 5 },
      messagesIn: 5,
      messagesOut: 5,
    });
  });
});

describe('the inspector of a pool', () => {
  const before = process.env['XDG_RUNTIME_DIR'];
  let folder = '';

  beforeEach(() => {
    folder = tempFolder();
    process.env['XDG_RUNTIME_DIR'] = folder;
  });

  afterEach(() => {
    if (before === undefined) delete process.env['XDG_RUNTIME_DIR'];
    else process.env['XDG_RUNTIME_DIR'] = before;
  });

  test('answers for each of two pools of one process, until that pool closes', async () => {
    const [one, two] = [
      makePool({ enableIntrospection: true, name: 'one' }),
      makePool({ enableIntrospection: true, name: 'two' }),
    ];
    await Promise.all([one.pool.start(), two.pool.start()]);
    expect(await listRuntimes()).toHaveLength(2);
    const nameAt = async (socketPath: string): Promise<string> =>
      parseSnapshot(await askInspector(socketPath, { command: 'snapshot' })).runtime.name;
    expect(await nameAt(one.pool.socketPath!)).toBe('one');
    expect(await nameAt(two.pool.socketPath!)).toBe('two');
    await one.pool.close();
    expect([one.pool.socketPath, await nameAt(two.pool.socketPath!)]).toEqual([undefined, 'two']);
    expect(await listRuntimes()).toEqual([two.pool.socketPath]);
  });

  test('answers while the pool drains', async () => {
    const { pool } = await startedPool({ enableIntrospection: true });
    await pool.drain();
    const answer = await askInspector(pool.socketPath!, { command: 'snapshot' });
    expect(parseSnapshot(answer).runtime.state).toBe('draining');
  });

  test('that cannot listen fails the start, and nothing is left running', async () => {
    const at = path.join(folder, 'taken.sock');
    const { pool: first } = await startedPool({
      enableIntrospection: true,
      introspectionSocketPath: at,
    });
    const { pool } = makePool({ enableIntrospection: true, introspectionSocketPath: at });
    expect((await caught(() => pool.start())).code).toBe('TENANTRY_SOCKET_IN_USE');
    expect([pool.state, (await caught(() => pool.open())).code]).toEqual([
      'created',
      'TENANTRY_POOL_NOT_STARTED',
    ]);
    await first.close();
    await pool.start();
    expect(pool.state).toBe('running');
  });

  test('is not there where introspection is off', async () => {
    const { pool } = await startedPool({ enableIntrospection: false });
    expect([pool.socketPath, existsSync(path.join(folder, 'tenantry'))]).toEqual([
      undefined,
      false,
    ]);
  });

  test('is made once, though start is called twice at once', async () => {
    const { pool } = makePool({ enableIntrospection: true });
    const both = await Promise.allSettled([pool.start(), pool.start()]);
    const codes = both.map((one) => (one.status === 'rejected' ? codeOf(one.reason) : 'started'));
    expect(codes).toEqual(['started', 'TENANTRY_POOL_ALREADY_STARTED']);
  });

  test('does not outlive a pool that is closed while it starts', async () => {
    const { pool } = makePool({ enableIntrospection: true });
    const starting = caught(() => pool.start());
    await pool.close();
    expect((await starting).code).toBe('TENANTRY_POOL_CLOSED');
    expect([pool.state, pool.socketPath, await listRuntimes()]).toEqual(['closed', undefined, []]);
  });
});
