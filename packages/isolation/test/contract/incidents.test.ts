/** What a real service leaves behind when something goes wrong in it, read back out of its files. */
import { execFileSync } from 'node:child_process';
import { statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { askInspector } from '@tenantry/core/internal';
import { parseSessionRecording } from '@tenantry/core/internal/host';
import { killHosts } from '../support/host-process.js';
import { IncidentHost, recordsOf, textOf } from '../support/incident-host.js';
import { on, rejection, until } from '../support/rungs.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-incidents-'));
});
afterEach(async () => {
  killHosts();
  await rm(folder, { recursive: true, force: true });
});

/** Values that stand nowhere but where a tenant or its operator has put them. */
const CANARIES = {
  env: 'sk-canary-env-3f9a1c77d2e84b60',
  config: 'sk-canary-config-8b21f0c94d5e4a17',
  log: 'sk-canary-log-51d7e2a80c4b4f93',
};

describe('a bundle', () => {
  test('of a block is there while the block lasts, with its line, and once', async () => {
    const host = await IncidentHost.start(folder, { incidents: { incidentBlockMs: 300 } });
    const session = await host.open('acme');
    const flag = path.join(folder, 'enough');
    const done = host.send('acme', { untilFile: flag });
    await eventually('a bundle while the loop is held', () =>
      host.files().some((name) => name.endsWith('.tar.gz')),
    );
    const [name] = host.files();
    const bundle = await host.read(name!);
    // The same by hand, over the socket, of another tenant's: the main loop is held still.
    const byHand = (await askInspector(
      host.socket,
      { command: 'bundle', tenant: null },
      { replyTimeoutMs: 20_000 },
    )) as { file: string; tenant: null };
    const pooled = await host.read(path.basename(byHand.file));
    writeFileSync(flag, '');
    await done;

    const { trigger, capture, leftOut } = bundle.manifest;
    expect(trigger).toMatchObject({ kind: 'block', tenant: 'acme', session, agent: 'misbehaves' });
    expect(trigger.place).toMatchObject({ function: 'holdsTheLoop' });
    expect(trigger.detail).toMatch(
      /tenant=acme blocked event loop for \d+ms so far at holdsTheLoop/,
    );
    expect(capture.mainLoopAnswered).toBe(false);
    expect(leftOut.map(({ name: part }) => part)).toContain('ledger.json');
    const { blocks } = JSON.parse(bundle.parts.get('blocks.json')!.toString()) as {
      blocks: { tenant: string; isOngoing: boolean; stack: { function: string }[] }[];
    };
    expect(blocks[0]).toMatchObject({ tenant: 'acme', isOngoing: true });
    expect(blocks[0]!.stack[0]!.function).toBe('holdsTheLoop');
    const profile = bundle.parts.get('profile.cpuprofile')?.toString();
    expect(profile ?? JSON.stringify(leftOut)).toMatch(/holdsTheLoop|no profile in time/);
    expect(recordsOf(bundle, 'recorder.jsonl')).toContainEqual(
      expect.objectContaining({ kind: 'session.started', session }),
    );
    expect(pooled.manifest.trigger).toMatchObject({ kind: 'manual', tenant: null });

    await eventually('the pool told of both', () => told(host, 'incident.captured').length === 2);
    expect(told(host, 'incident.captured')[0]).toMatchObject({ trigger: 'block', tenant: 'acme' });
    // It is over by now, and longer than ever; it has its bundle.
    const after = await host.bundle('acme');
    expect(recordsOf(await host.read(path.basename(after.file)), 'audit.jsonl')).toContainEqual(
      expect.objectContaining({ kind: 'incident.captured', tenant: 'acme' }),
    );
    expect(host.files().filter((file) => file.includes('.block.'))).toHaveLength(1);
    expect((await host.snapshot()).bundles![0]).toMatchObject({
      file: after.file,
      trigger: 'manual',
      tenant: 'acme',
    });
    expect(host.stderr).toContain('[incident] block: bundle ');
  }, 60_000);

  test('holds the last events of a child that was killed, and no secret of anybody', async () => {
    const host = await IncidentHost.start(
      folder,
      {
        deploymentVersion: '2026-11-26',
        record: {},
        tenants: { acme: { ...on('process'), config: { apiKey: CANARIES.config } } },
      },
      { SOME_API_KEY: CANARIES.env, NODE_ENV: 'production', TZ: CANARIES.env },
    );
    const session = await host.open('acme');
    await host.open('globex');
    await host.send('acme', {
      warn: { apiKey: CANARIES.log, header: `Authorization: Bearer ${CANARIES.log}` },
    });
    await host.send('globex', { warn: { of: 'another tenant' } });
    const { isolates } = await host.snapshot();
    const { pid, isolate } = isolates.find(({ tenant }) => tenant === 'acme')!;
    process.kill(pid!, 'SIGKILL');
    await eventually('a bundle of it', () => told(host, 'incident.captured').length > 0);

    const names = host.files();
    expect(names).toHaveLength(1);
    const bundle = await host.read(names[0]!);
    const { trigger, versions, leftOut } = bundle.manifest;
    expect(trigger).toMatchObject({ kind: 'isolate-ended', tenant: 'acme', isolate });
    expect(versions.deployment).toBe('2026-11-26');
    const recorded = recordsOf(bundle, 'recorder.jsonl');
    const kinds = recorded.map(({ kind }) => kind);
    const isInOrder = ['isolate.started', 'session.started', 'isolate.ended'].map((kind) =>
      kinds.indexOf(kind),
    );
    expect(isInOrder).toEqual([...isInOrder].sort((one, other) => one - other));
    expect(recorded).toContainEqual(
      expect.objectContaining({ kind: 'session.ended', session, reason: 'isolate-crashed' }),
    );
    const logs = recordsOf(bundle, 'logs.jsonl');
    expect(logs).toContainEqual(expect.objectContaining({ level: 'warn', session }));
    expect(JSON.stringify(logs)).toContain('[masked]');
    expect(JSON.stringify(logs)).not.toContain('another tenant');
    expect(leftOut.find(({ name }) => name === 'profile.cpuprofile')!.why).toContain('is gone');
    const recording = parseSessionRecording(
      JSON.parse(bundle.parts.get('session.json')!.toString()),
    );
    expect(recording).toMatchObject({ session, tenant: 'acme', end: { status: 'failed' } });
    expect(recording.events.map(({ kind }) => kind)).toEqual(['in', 'out']);
    const environment = bundle.parts.get('environment.json')!.toString();
    expect(environment).toContain('"NODE_ENV":"production"');
    expect(environment).not.toContain('SOME_API_KEY');
    for (const canary of Object.values(CANARIES)) {
      expect(textOf(bundle)).not.toContain(canary);
      expect(
        execFileSync('tar', ['xzOf', path.join(host.bundleFolder, names[0]!)]).toString(),
      ).not.toContain(canary);
    }
    expect(statSync(host.bundleFolder).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(host.bundleFolder, names[0]!)).mode & 0o777).toBe(0o600);
  }, 60_000);

  test('is made once of an escalation; two at once by hand both are, an unknown tenant has none', async () => {
    const host = await IncidentHost.start(folder, {
      // Its block is the ladder's alone, however long the machine makes it.
      incidents: { keepCount: 2, incidentBlockMs: 60_000 },
      escalation: { enforce: true, threshold: 2, weights: { blockMost: 10 } },
    });
    await host.open('acme');
    // On a busy machine a thread does not run all the time it holds its loop, and only that counts.
    await eventually('it is moved up', async () => {
      await host.send('acme', { blockMs: 260 });
      // A loop that is held again at once could not say what is held against acme.
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return told(host, 'tenant.escalated').length > 0;
    });
    await eventually('a bundle of it', () => told(host, 'incident.captured').length > 0);
    const [name, ...others] = host.files();
    expect(others).toEqual([]);
    const bundle = await host.read(name!);
    expect(bundle.manifest.trigger).toMatchObject({ kind: 'escalated', tenant: 'acme' });
    // A profile would hold the loop of those that acme has left in peace.
    const profile = bundle.manifest.leftOut.find(({ name }) => name === 'profile.cpuprofile');
    expect(profile!.why).toContain('is not profiled');
    expect(bundle.parts.get('ledger.json')!.toString()).toContain('"kind":"block"');
    expect(recordsOf(bundle, 'recorder.jsonl').map(({ kind }) => kind)).toContain(
      'tenant.escalated',
    );

    const made = await Promise.all([host.bundle('acme'), host.bundle()]);
    expect(made[0].file).not.toBe(made[1].file);
    // Of three, two are kept: the oldest is gone.
    expect(host.files()).toEqual(made.map(({ file }) => path.basename(file)).sort());
    expect(await rejection(host.bundle('nobody'))).toMatchObject({
      code: 'TENANTRY_TENANT_UNKNOWN',
    });
    expect(await rejection(host.bundle('../acme'))).toMatchObject({
      code: 'TENANTRY_TENANT_ID_INVALID',
    });

    // The disk refuses: nothing is left, it is told, and what runs goes on.
    await rm(host.bundleFolder, { recursive: true });
    writeFileSync(host.bundleFolder, 'no folder');
    const refused = await rejection(host.bundle('acme'));
    expect(refused).toMatchObject({ code: 'TENANTRY_BUNDLE_FAILED' });
    await eventually('the failure was told', () => told(host, 'incident.failed').length === 1);
    expect(host.stderr).toContain('[incident] manual: no bundle: ');
    expect(await host.send('acme', {})).toBe('done');

    // One that is being made when the pool closes is there when it is closed.
    await rm(host.bundleFolder);
    host.bundle('acme').catch(() => {});
    await host.end();
    expect(host.files()).toEqual([expect.stringMatching(/\.manual\.acme\.[0-9a-f]{8}\.tar\.gz$/)]);
  }, 60_000);
});

/** A bundle takes two seconds, and on a machine that is busy with others many more. */
const eventually = (what: string, holds: () => boolean | Promise<boolean>): Promise<void> =>
  until(what, holds, 25_000);

function told(host: IncidentHost, kind: string): unknown[] {
  return host.events.filter((event) => event.kind === kind);
}
