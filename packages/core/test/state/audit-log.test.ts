import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { AuditEntry } from '../../src/state/audit-entry.js';
import { AuditLog } from '../../src/state/audit-log.js';
import { verifyChain } from '../../src/state/hash-chain.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { FakeStateDisk, diskError } from './fake-state-disk.js';
import { Told } from './told.js';

const PATH = '/state/audit.jsonl';

interface Opened {
  readonly audit: AuditLog;
  readonly told: Told;
  readonly log: MemoryLog;
}

async function openLog(disk: FakeStateDisk, clock = new ManualClock()): Promise<Opened> {
  const [log, told] = [new MemoryLog(), new Told()];
  const dir = { path: '/state' };
  const audit = await AuditLog.open({
    dir,
    clock,
    log,
    disk,
    listener: told,
    deploymentVersion: 'v7',
    beside: 'kept.jsonl',
  });
  return { audit, told, log };
}

function entry(n: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return { kind: 'test', actor: { kind: 'runtime' }, detail: { n }, ...more };
}

const verdict = (text: string): unknown => verifyChain(text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
const linesOf = (disk: FakeStateDisk): Record<string, unknown>[] =>
  disk
    .text(PATH)
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const numbersOf = (audit: AuditLog): unknown[] =>
  audit.recent({}, 10_000).map(({ seq, detail }) => [seq, detail['n']]);

async function written(count: number): Promise<FakeStateDisk> {
  const disk = new FakeStateDisk();
  const { audit } = await openLog(disk);
  for (let n = 1; n <= count; n += 1) await audit.append(entry(n));
  await audit.close();
  return disk;
}

describe('an audit log', () => {
  test('has who did what to whom, when, in which process and version', async () => {
    const disk = new FakeStateDisk();
    const clock = new ManualClock();
    const { audit } = await openLog(disk, clock);
    const actor = { kind: 'operator', uid: 1_000, via: 'socket' } as const;
    await audit.append(entry(1, { kind: 'set', tenant: 'acme', session: 's1', actor }));
    const [record] = linesOf(disk);
    expect(Object.keys(record!)).toEqual(
      'seq at kind tenant session actor detail deploymentVersion pid prev hash'.split(' '),
    );
    expect(record).toMatchObject({
      seq: 1,
      at: new Date(clock.epochMs()).toISOString(),
      kind: 'set',
      tenant: 'acme',
      session: 's1',
      actor,
      detail: { n: 1 },
      deploymentVersion: 'v7',
      pid: process.pid,
      prev: '0'.repeat(64),
    });
  });

  test('goes on with its chain and its memory over restarts', async () => {
    const disk = await written(3);
    const { audit } = await openLog(disk);
    await audit.append(entry(4));
    await audit.close();
    expect(verdict(disk.text(PATH))).toMatchObject({ ok: true, records: 4 });
    expect(numbersOf(audit)).toEqual([1, 2, 3, 4].map((n) => [n, n]));
    expect(Object.keys(audit.recent({}, 9)[0]!)).not.toContain('hash');
  });

  test('numbers on when the wall clock is set back', async () => {
    const disk = await written(1);
    class Earlier extends ManualClock {
      override epochMs(): number {
        return 5;
      }
    }
    const { audit } = await openLog(disk, new Earlier());
    await audit.append(entry(2));
    expect(linesOf(disk).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(linesOf(disk)[1]!['at']).toBe('1970-01-01T00:00:00.005Z');
    expect(verdict(disk.text(PATH))).toMatchObject({ ok: true });
  });

  test('finds the last of a kind, tenant or session, oldest first', async () => {
    const audit = AuditLog.inMemory({ clock: new ManualClock() });
    for (let n = 1; n <= 6; n += 1) {
      await audit.append(
        entry(n, {
          kind: n > 3 ? 'late' : 'early',
          tenant: n % 2 ? 'odd' : 'even',
          session: `s${n}`,
        }),
      );
    }
    const found = (filter: object, most = 9): unknown[] =>
      audit.recent(filter, most).map(({ detail }) => detail['n']);
    expect(found({ tenant: 'odd' })).toEqual([1, 3, 5]);
    expect(found({ tenant: 'odd' }, 2)).toEqual([3, 5]);
    expect(found({ tenant: 'odd', kind: 'late' })).toEqual([5]);
    expect(found({ session: 's4' })).toEqual([4]);
    expect(found({}, 0)).toEqual([]);
  });

  test('remembers 2,000 entries, also of those in a file, and reads no more of it', async () => {
    const disk = new FakeStateDisk();
    const { audit } = await openLog(disk);
    await Promise.all(Array.from({ length: 4_500 }, (_none, n) => audit.append(entry(n + 1))));
    const last = [...Array(2_000).keys()].map((n) => [n + 2_501, n + 2_501]);
    expect(numbersOf(audit)).toEqual(last);
    await audit.close();
    expect(numbersOf((await openLog(disk)).audit)).toEqual(last);
  });

  test('opens a file that is larger than what it reads of it', async () => {
    const disk = new FakeStateDisk();
    const { audit } = await openLog(disk);
    const text = 'x'.repeat(15_000);
    await Promise.all(
      Array.from({ length: 400 }, (_none, n) =>
        audit.append(entry(0, { detail: { n: n + 1, text } })),
      ),
    );
    await audit.close();
    const again = await openLog(disk);
    await again.audit.append(entry(401));
    expect(again.told.words).toEqual([]);
    expect(verdict(disk.text(PATH))).toMatchObject({ ok: true, records: 401 });
    const remembered = again.audit.recent({}, 2_000);
    expect(remembered.length).toBeGreaterThan(200);
    expect(remembered.map(({ seq }) => seq)).toEqual(
      remembered.map((_record, index) => 401 - remembered.length + 1 + index),
    );
  });

  test('keeps an entry of over 16 KiB without its detail, and one whose detail is no JSON', async () => {
    const disk = new FakeStateDisk();
    const { audit } = await openLog(disk);
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    await audit.append(entry(0, { detail: { text: 'ä'.repeat(8_200) } }));
    await audit.append(entry(0, { detail: cycle }));
    await audit.append(entry(0, { detail: { text: 'ä'.repeat(8_000) } }));
    expect(linesOf(disk).map(({ detail }) => Object.keys(detail as object))).toEqual([
      ['truncated'],
      ['truncated'],
      ['text'],
    ]);
    const error = await caught(() => audit.append(entry(0, { kind: 'k'.repeat(20_000) })));
    expect(error.code).toBe('TENANTRY_INTERNAL');
  });

  test('copies an entry at once: what changes later is not in it', async () => {
    const disk = new FakeStateDisk();
    const { audit } = await openLog(disk);
    const detail = { n: 1 };
    const appended = audit.append(entry(0, { detail }));
    detail.n = 2;
    await appended;
    expect(linesOf(disk)[0]).toMatchObject({ detail: { n: 1 } });
    expect(numbersOf(audit)).toEqual([[1, 1]]);
  });

  test('in memory alone has the same interface', async () => {
    const audit = AuditLog.inMemory({ clock: new ManualClock(), deploymentVersion: 'v1' });
    await audit.append(entry(1));
    await audit.append(entry(2));
    await audit.close();
    expect(numbersOf(audit)).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });
});

describe('an audit file that was cut', () => {
  test('at any byte is gone on with: whole records stay, the torn end is kept beside it', async () => {
    const whole = Buffer.from((await written(3)).text(PATH));
    for (let cut = 0; cut <= whole.length; cut += 1) {
      const disk = new FakeStateDisk();
      disk.put(PATH, whole.subarray(0, cut));
      const sound = whole.subarray(0, whole.subarray(0, cut).lastIndexOf(0x0a) + 1);
      const clock = new ManualClock();
      const { audit, told, log } = await openLog(disk, clock);
      await audit.append(entry(9));
      const kept = sound.filter((byte) => byte === 0x0a).length;
      expect(disk.text(PATH).startsWith(sound.toString())).toBe(true);
      expect(verdict(disk.text(PATH))).toMatchObject({ ok: true, records: kept + 1 });
      const torn = whole.subarray(sound.length, cut).toString();
      expect(disk.names('.torn-').map((name) => disk.text(name))).toEqual(
        torn === '' ? [] : [torn],
      );
      if (torn !== '') expect(disk.names('.torn-')).toEqual([`${PATH}.torn-${clock.epochMs()}`]);
      expect(disk.files.size).toBe(torn === '' ? 1 : 2);
      expect(told.words).toEqual([]);
      expect(log.lines.map(({ level }) => level)).toEqual(torn === '' ? [] : ['warn']);
    }
  });

  test('loses its torn end only once the copy and its name survive a loss of power', async () => {
    const disk = await written(1);
    disk.put(PATH, `${disk.text(PATH)}torn`);
    disk.operations.length = 0;
    await openLog(disk);
    expect(disk.steps()).toEqual(
      'remove append sync link syncFolder remove truncate sync'.split(' '),
    );
  });

  test('keeps the torn end also where the start that kept it went no further', async () => {
    const disk = await written(1);
    disk.put(PATH, `${disk.text(PATH)}first`);
    let removals = 0;
    disk.before = (operation) => {
      if (operation === 'remove' && (removals += 1) === 2) throw diskError('EIO');
    };
    await caught(() => openLog(disk));
    disk.put(PATH, disk.text(PATH).replace('first', 'second'));
    await openLog(disk);
    expect(disk.names('.torn-').map((name) => disk.text(name))).toEqual(['first', 'second']);
    expect(disk.names('.new')).toEqual([]);
  });

  test('twice at one time keeps both ends', async () => {
    const disk = await written(1);
    const clock = new ManualClock();
    for (const end of ['first', 'second']) {
      disk.files.get(PATH)!.bytes = Buffer.concat([disk.files.get(PATH)!.bytes, Buffer.from(end)]);
      await (await openLog(disk, clock)).audit.close();
    }
    expect(disk.names('.torn-').map((name) => disk.text(name))).toEqual(['first', 'second']);
  });

  test('is left as it is where the torn end cannot be kept', async () => {
    const disk = await written(1);
    const torn = `${disk.text(PATH)}{"seq"`;
    disk.put(PATH, torn);
    disk.before = (operation, path) => {
      if (operation === 'append' && path.includes('.new')) throw diskError('ENOSPC');
    };
    const error = await caught(() => openLog(disk));
    expect([error.code, error.details['errno']]).toEqual(['TENANTRY_STATE_FAILED', 'ENOSPC']);
    expect(disk.text(PATH)).toBe(torn);
  });
});

describe('an audit file that does not end in a record', () => {
  test('is set aside whole for any flipped bit in its last line, and never written to', async () => {
    const whole = Buffer.from((await written(2)).text(PATH));
    const lastLine = whole.indexOf(0x0a) + 1;
    for (let at = lastLine; at < whole.length - 1; at += 1) {
      const disk = new FakeStateDisk();
      const hit = Buffer.from(whole);
      hit[at]! ^= 1 << (at % 8);
      disk.put(PATH, hit);
      const clock = new ManualClock();
      const { audit, told, log } = await openLog(disk, clock);
      await audit.append(entry(9));
      const kept = `${PATH}.damaged-${clock.epochMs()}`;
      // A bit that makes a newline leaves a torn end behind a last line that is no record.
      expect(disk.files.get(kept)?.bytes).toEqual(hit);
      expect(linesOf(disk)).toMatchObject([
        {
          seq: 1,
          kind: 'audit.restarted',
          actor: { kind: 'runtime' },
          detail: {
            setAside: `audit.jsonl.damaged-${clock.epochMs()}`,
            sha256: createHash('sha256').update(hit).digest('hex'),
            why: expect.stringMatching(/./) as unknown,
          },
        },
        { seq: 2, detail: { n: 9 } },
      ]);
      expect(verdict(disk.text(PATH))).toMatchObject({ ok: true, records: 2 });
      expect(told.words).toEqual(['damaged TENANTRY_STATE_DAMAGED']);
      expect(log.lines).toMatchObject([
        { level: 'error', fields: { code: 'TENANTRY_STATE_DAMAGED', path: PATH, setAside: kept } },
      ]);
      expect(audit.recent({ kind: 'audit.restarted' }, 9)).toHaveLength(1);
    }
  });

  test.each([
    ['foreign lines', 'hello\nworld\n'],
    ['a blank line at its end', '\n'],
    ['many bytes without a line', 'x'.repeat(5_000_000)],
  ])('is set aside when it has %s', async (_what, text) => {
    const disk = new FakeStateDisk();
    disk.put(PATH, text);
    const { told } = await openLog(disk);
    expect(told.words).toEqual(['damaged TENANTRY_STATE_DAMAGED']);
    expect(disk.names('.damaged-').map((name) => disk.text(name))).toEqual([text]);
    expect(verdict(disk.text(PATH))).toMatchObject({ ok: true, records: 1 });
  });

  test('is replaced only once its other name and the new file survive a loss of power', async () => {
    const disk = new FakeStateDisk();
    disk.put(PATH, 'hello\n');
    await openLog(disk);
    expect(disk.steps()).toEqual('link syncFolder remove append sync rename syncFolder'.split(' '));
  });

  test('keeps its place until the new chain has its first record', async () => {
    for (const failing of ['append', 'sync', 'rename'] as const) {
      const disk = new FakeStateDisk();
      disk.put(PATH, 'hello\n');
      disk.before = (operation, path) => {
        if (operation === failing && path.includes('.new')) throw diskError('ENOSPC');
      };
      expect((await caught(() => openLog(disk))).code).toBe('TENANTRY_STATE_FAILED');
      expect(disk.text(PATH)).toBe('hello\n');
      disk.before = () => undefined;
      await openLog(disk);
      expect(linesOf(disk)).toMatchObject([{ kind: 'audit.restarted' }]);
    }
  });
});

describe('a disk that refuses', () => {
  test('fails the append, and the entry is remembered without a number', async () => {
    const disk = new FakeStateDisk();
    const { audit, told, log } = await openLog(disk);
    await audit.append(entry(1));
    disk.before = (operation) => {
      if (operation === 'append') throw diskError('ENOSPC');
    };
    const refused = [2, 3].map((n) => caught(() => audit.append(entry(n))));
    expect((await Promise.all(refused)).map(({ code }) => code)).toEqual([
      'TENANTRY_STATE_FAILED',
      'TENANTRY_STATE_FAILED',
    ]);
    disk.before = () => undefined;
    await audit.append(entry(4));
    expect(numbersOf(audit)).toEqual([
      [1, 1],
      [null, 2],
      [null, 3],
      [2, undefined],
      [3, 4],
    ]);
    const sinceAt = new Date(new ManualClock().epochMs()).toISOString();
    expect(linesOf(disk)[1]).toMatchObject({
      kind: 'audit.resumed',
      actor: { kind: 'runtime' },
      detail: { refused: 2, sinceAt },
    });
    expect(verdict(disk.text(PATH))).toMatchObject({ ok: true, records: 3 });
    expect(told.words).toEqual(['troubled TENANTRY_STATE_FAILED', 'recovered']);
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  test('is tried without a record, which says how many it has refused', async () => {
    const disk = new FakeStateDisk();
    const { audit, told } = await openLog(disk);
    disk.before = (operation) => {
      if (operation === 'sync') throw diskError('EIO');
    };
    await caught(() => audit.append(entry(1)));
    await audit.check();
    expect(told.words).toEqual(['troubled TENANTRY_STATE_FAILED']);
    disk.before = () => undefined;
    await audit.check();
    await audit.check();
    expect(told.words).toEqual(['troubled TENANTRY_STATE_FAILED', 'recovered']);
    expect(linesOf(disk)).toMatchObject([
      { seq: 1, kind: 'audit.resumed', detail: { refused: 1 } },
    ]);
  });

  test.each(['open', 'read', 'size'] as const)(
    'at start, in %s, fails the start',
    async (failing) => {
      const disk = await written(1);
      disk.before = (operation) => {
        if (operation === failing) throw diskError('EIO');
      };
      expect((await caught(() => openLog(disk))).code).toBe('TENANTRY_STATE_FAILED');
      const opens = disk.count('open');
      expect(disk.count('close')).toBe(failing === 'open' ? opens - 1 : opens);
    },
  );
});

describe('an audit file that is gone', () => {
  test('while it is in use: a new chain begins with the end of the one before', async () => {
    const disk = await written(2);
    const { audit, told } = await openLog(disk);
    const { hash } = linesOf(disk).at(-1)!;
    await disk.rename(PATH, `${PATH}.1`);
    await audit.append(entry(3));
    expect(linesOf(disk)).toMatchObject([
      {
        seq: 1,
        kind: 'audit.restarted',
        actor: { kind: 'runtime' },
        detail: {
          setAside: null,
          why: 'it was removed or renamed',
          lastSeq: 2,
          lastHash: hash,
        },
      },
      { seq: 2, detail: { n: 3 } },
    ]);
    expect(verdict(disk.text(PATH))).toMatchObject({ ok: true, records: 2 });
    expect(verdict(disk.text(`${PATH}.1`))).toMatchObject({ ok: true, records: 2 });
    expect([told.words, audit.restartCount]).toEqual([['damaged TENANTRY_STATE_DAMAGED'], 1]);
    expect(audit.recent({}, 9).map(({ seq }) => seq)).toEqual([1, 2, 1, 2]);
  });

  test.each([
    ['removed beside what was kept', null, '', 1],
    ['emptied beside what was kept', '', 'x\n', 1],
    ['never written to', '', '', 0],
    ['never made', null, null, 0],
  ])('at start (%s)', async (_what, text, kept, restarts) => {
    const disk = new FakeStateDisk();
    if (text !== null) disk.put(PATH, text);
    if (kept !== null) disk.put('/state/kept.jsonl', kept);
    const { audit, told } = await openLog(disk);
    await audit.append(entry(1));
    expect([audit.restartCount, told.words.length, linesOf(disk).length]).toEqual([
      restarts,
      restarts,
      restarts + 1,
    ]);
    if (restarts > 0) {
      const detail = { setAside: null, sha256: null, why: 'it was removed or emptied' };
      expect(linesOf(disk)[0]).toMatchObject({ kind: 'audit.restarted', detail });
    }
    expect([...disk.files.keys()].filter((name) => name.includes('damaged'))).toEqual([]);
  });
});
