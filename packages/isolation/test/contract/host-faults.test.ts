/** Faults that take a host of their own to be seen: a loop that is never given back, a full disk. */
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Snapshot } from '@tenantry/core';
import { askInspector } from '@tenantry/core/internal';
import { killHosts, ran, runHost, startHost } from '../support/host-process.js';
import { onThisMachine } from '../support/machine.js';
import { closePools, startPool } from '../support/rungs.js';

const folders: string[] = [];

afterEach(async () => {
  killHosts();
  await closePools();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-faults-'));
  folders.push(folder);
  return folder;
}

const AGENT = fileURLToPath(new URL('../../../test/agents/loops-forever.ts', import.meta.url));
const LOOP_LINE =
  readFileSync(AGENT, 'utf8')
    .split('\n')
    .findIndex((line) => line.trim() === 'for (;;);') + 1;

describe('an endless loop on the shared loop', () => {
  test('is told within 500 ms with tenant, session and line, in log and snapshot, while the socket answers', async () => {
    const said = new Map<string, unknown>();
    const host = startHost('never-gives-back', { logLevel: 'warn' });
    let logged = { text: '', atMs: 0 };
    host.stderr!.setEncoding('utf8').on('data', (text: string) => {
      if (logged.atMs === 0 && text.includes('[slow-session]')) logged = { text, atMs: Date.now() };
    });
    const begun = new Promise<void>((resolve) => {
      void ran(host, (line) => {
        const { what, value } = line as { what: string; value: unknown };
        said.set(what, value);
        if (what === 'begins') resolve();
      });
    });
    await begun;
    const beganMs = said.get('begins') as number;
    const tooks: number[] = [];
    let seen: Snapshot['blocks'][number] | undefined;
    let row: Snapshot['sessions'][number] | undefined;
    while (seen === undefined || seen.place === null) {
      const askedMs = performance.now();
      const snapshot = (await askInspector(said.get('inspector') as string, {
        command: 'snapshot',
      })) as Snapshot;
      tooks.push(performance.now() - askedMs);
      seen = snapshot.blocks.find(({ session }) => session === said.get('session'));
      row = snapshot.sessions.find(({ session }) => session === said.get('session'));
      if (Date.now() - beganMs > 20_000) break;
    }
    const seenMs = Date.now() - beganMs;
    const place = { function: 'loop', file: path.relative(process.cwd(), AGENT), line: LOOP_LINE };
    expect(seen).toMatchObject({
      cause: 'session',
      tenant: 'bad',
      session: said.get('session'),
      agent: 'loops-forever',
      isOngoing: true,
      place,
    });
    expect(row).toMatchObject({ status: 'slow', tenant: 'bad' });
    const boundMs = await onThisMachine(500);
    expect(seenMs).toBeLessThan(boundMs);
    expect(Math.max(...tooks)).toBeLessThan(boundMs);
    expect(logged.atMs).toBeGreaterThan(0);
    expect(logged.atMs - beganMs).toBeLessThan(boundMs);
    expect(logged.text).toContain(`session_id=${String(said.get('session'))} tenant=bad`);
    expect(logged.text).toContain(`loop (${place.file}:${LOOP_LINE})`);
  }, 30_000);
});

describe('a disk that is full for a while', () => {
  test('stops nothing that runs: it is in log, snapshot and reply, and the trail goes on when it is over', async () => {
    const stateDir = await stateFolder();
    const { lines, code, stderr } = await runHost('fills-its-disk', { args: [stateDir] });
    expect([code, stderr]).toEqual([0, '']);
    const refused = ['[state] the disk refuses records; the next ones are tried again', 'EFBIG'];
    const valueOf = (what: string): unknown =>
      (lines as { what: string; value: unknown }[]).find((line) => line.what === what)?.value;
    expect(valueOf('before')).toEqual({
      changed: true,
      isAudited: true,
      heard: 'before',
      auditOk: true,
      cap: 11,
      told: [],
    });
    for (const [what, cap] of [
      ['full', 12],
      ['still full', 13],
    ] as const) {
      const value = valueOf(what) as { told: unknown[] };
      expect(value).toMatchObject({
        changed: true,
        isAudited: false,
        heard: what,
        auditOk: false,
        cap,
      });
      // Told once for each file, however much is refused.
      expect(value.told.length).toBeLessThanOrEqual(2);
      expect(value.told).toContainEqual(refused);
    }
    expect(valueOf('after')).toMatchObject({
      isAudited: true,
      heard: 'after',
      auditOk: true,
      cap: 14,
    });
    // What was acknowledged is there, in one chain, and nothing of what was refused.
    const pool = await startPool({ stateDir });
    const { records } = await pool.explain('acme');
    expect(records.map((record) => (record as { detail: { after: object } }).detail.after)).toEqual(
      [{ maxSessions: 11 }, { maxSessions: 14 }],
    );
    // Between them is how many were refused.
    expect(records.map((record) => (record as { seq: number }).seq)).toEqual([2, 4]);
    expect((await pool.snapshot()).tenants[0]).toMatchObject({ tenant: 'acme', maxSessions: 14 });
    expect(readdirSync(stateDir).filter((name) => /damaged|torn/.test(name))).toEqual([]);
  }, 30_000);
});
