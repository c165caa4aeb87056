import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, test } from '@jest/globals';
import { DurableState } from '../../src/pool/durable-state.js';
import { StateDir } from '../../src/state/state-dir.js';
import { RUNTIME } from '../../src/vocabulary/actor.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { FakeStateDisk, diskError, type StateOperation } from '../state/fake-state-disk.js';
import { tempFolder } from '../temp-folder.js';
import { turns } from '../turns.js';
import { makePool } from './test-pool.js';

const ENTRY = { kind: 'tenant.capped', tenant: 'acme', actor: RUNTIME, detail: {} } as const;

function parts(stateDir: string | undefined = tempFolder(), disk?: FakeStateDisk) {
  const [clock, log] = [new ManualClock(), new MemoryLog()];
  return { stateDir, deploymentVersion: 'v7', clock, log, ...(disk === undefined ? {} : { disk }) };
}

/** A disk that refuses one operation on files of that name, until `heal`. */
function failing(operation: StateOperation, name: string, code: string) {
  const disk = new FakeStateDisk();
  disk.before = (asked, file) => {
    if (asked === operation && file.includes(name)) throw diskError(code);
  };
  return { disk, heal: () => (disk.before = () => undefined) };
}

const byText = (one: string, other: string): number => (one < other ? -1 : 1);
const words = ({ log }: { log: MemoryLog }): string[] =>
  log.lines.map(({ level, message }) => `${level} ${message}`);

describe('durable state', () => {
  test('without a directory is in memory, sound, and keeps nothing of tenants', async () => {
    const state = await DurableState.open({ ...parts(), stateDir: undefined });
    void state.keep('acme', { any: 'thing' });
    await state.audit.append(ENTRY);
    expect(state.kept()).toEqual(new Map());
    expect([state.isSound, state.audit.recent({}, 9).length]).toEqual([true, 1]);
    await state.close();
  });

  test('has after a restart what was kept, and goes on with its trail', async () => {
    const first = parts();
    const one = await DurableState.open(first);
    void one.keep('acme', { any: 'thing' });
    void one.audit.append(ENTRY);
    await one.close();
    const two = await DurableState.open(parts(first.stateDir));
    expect(two.kept()).toEqual(new Map([['acme', { any: 'thing' }]]));
    expect(two.audit.recent({}, 9)).toMatchObject([{ seq: 1, deploymentVersion: 'v7' }]);
    await two.close();
  });

  test('of a directory that another has is refused, which goes on undisturbed', async () => {
    const first = parts();
    const one = await DurableState.open(first);
    const error = await caught(() => DurableState.open(parts(first.stateDir)));
    expect(error.code).toBe('TENANTRY_STATE_IN_USE');
    expect(error.message).toContain(first.stateDir);
    void one.keep('acme', 1);
    await one.close();
    const two = await DurableState.open(parts(first.stateDir));
    expect(two.kept().get('acme')).toBe(1);
    await two.close();
  });

  test.each(['audit.jsonl', 'tenants.jsonl'])(
    'that cannot open %s says which, and gives the directory back',
    async (name) => {
      const { disk } = failing('open', name, 'EIO');
      const facts = parts(undefined, disk);
      const error = await caught(() => DurableState.open(facts));
      expect(error).toMatchObject({ code: 'TENANTRY_STATE_FAILED', details: { errno: 'EIO' } });
      expect(error.message).toMatch(new RegExp(`^${name}: it cannot be opened`));
      expect(readdirSync(facts.stateDir)).toEqual([]);
      // What had been opened before is closed again.
      expect(disk.count('close')).toBe(name === 'audit.jsonl' ? 0 : 1);
      await (await StateDir.open(facts.stateDir)).close();
    },
  );
});

describe.each([
  ['append', 'ENOSPC'],
  ['append', 'EIO'],
  ['sync', 'EIO'],
  ['append', 'EROFS'],
] as const)('a disk that refuses (%s: %s)', (operation, code) => {
  test.each(['audit.jsonl', 'tenants.jsonl'])(
    'writes of %s is told once, by file and cause, until it takes some again',
    async (name) => {
      const { disk, heal } = failing(operation, name, code);
      const facts = parts(undefined, disk);
      const state = await DurableState.open(facts);
      const write = async (): Promise<void> => {
        void state.keep('acme', { any: 'thing' });
        await state.audit.append(ENTRY).catch(() => {});
        await turns(3);
      };
      await write();
      await write();
      expect(state.isSound).toBe(false);
      expect(words(facts)).toEqual([
        'error [state] the disk refuses records; the next ones are tried again',
      ]);
      expect(facts.log.lines[0]!.fields).toMatchObject({
        code: 'TENANTRY_STATE_FAILED',
        path: path.join(facts.stateDir, name),
        errno: code,
      });
      heal();
      await write();
      expect(state.isSound).toBe(true);
      expect(words(facts).at(-1)).toBe('info [state] the disk takes records again');
      await state.close();
      expect(readdirSync(facts.stateDir)).toEqual([]);
    },
  );
});

describe('on a real disk, a state directory', () => {
  const act = async (state: DurableState): Promise<unknown> => [
    await state.keep('acme', { any: 'thing' }),
    await state.audit.append(ENTRY).then(
      () => true,
      () => false,
    ),
    state.isAuditSound,
    state.isKeepingSound,
  ];

  test('that is removed is told of, keeps nothing, and goes on when it is there again', async () => {
    const facts = parts(path.join(tempFolder(), 'state'));
    const state = await DurableState.open(facts);
    expect(await act(state)).toEqual([true, true, true, true]);
    rmSync(facts.stateDir, { recursive: true });
    expect(await act(state)).toEqual([false, false, false, false]);
    expect(facts.log.lines.map(({ fields }) => String(fields['reason'])).sort(byText)).toEqual(
      ['audit.jsonl', 'tenants.jsonl'].map(
        (name) =>
          expect.stringMatching(
            `^${name}: it was removed or renamed, and no new one.*: it is gone`,
          ) as unknown,
      ),
    );
    mkdirSync(facts.stateDir, { mode: 0o755 });
    expect(await act(state)).toEqual([true, true, true, true]);
    expect([state.audit.restartCount, statSync(facts.stateDir).mode & 0o777]).toEqual([1, 0o700]);
    const error = await caught(() => DurableState.open(parts(facts.stateDir)));
    expect(error.code).toBe('TENANTRY_STATE_IN_USE');
    await state.close();
    const again = await DurableState.open(parts(facts.stateDir));
    expect(again.kept()).toEqual(new Map([['acme', { any: 'thing' }]]));
    expect(again.audit.recent({}, 9)).toMatchObject([
      { kind: 'audit.restarted', detail: { lastSeq: 1 } },
      { kind: 'audit.resumed', detail: { refused: 1 } },
      { kind: 'tenant.capped' },
    ]);
    await again.close();
  });

  test('that another took over meanwhile is left to it', async () => {
    const facts = parts();
    const state = await DurableState.open(facts);
    expect(await act(state)).toEqual([true, true, true, true]);
    for (const name of readdirSync(facts.stateDir)) rmSync(path.join(facts.stateDir, name));
    const other = await DurableState.open(parts(facts.stateDir));
    await other.audit.append(ENTRY);
    expect(await act(state)).toEqual([false, false, false, false]);
    await state.close();
    expect(await act(other)).toEqual([true, true, true, true]);
    expect([other.audit.restartCount, other.audit.recent({}, 9).length]).toEqual([0, 2]);
    await other.close();
  });
});

test('one file that is well again leaves the other in trouble', async () => {
  const { disk } = failing('append', '.jsonl', 'ENOSPC');
  const facts = parts(undefined, disk);
  const state = await DurableState.open(facts);
  const write = async (): Promise<void> => {
    void state.keep('acme', 1);
    await state.audit.append(ENTRY).catch(() => {});
    await turns(3);
  };
  await write();
  expect([state.isAuditSound, state.isKeepingSound]).toEqual([false, false]);
  disk.before = (operation, file) => {
    if (operation === 'append' && file.includes('audit')) throw diskError('ENOSPC');
  };
  await write();
  expect([state.isSound, state.isAuditSound, state.isKeepingSound]).toEqual([false, false, true]);
  disk.before = () => undefined;
  await write();
  expect(state.isSound).toBe(true);
  await state.close();
});

describe('a damaged file', () => {
  test.each(['audit.jsonl', 'tenants.jsonl'])(
    'of the name %s is set aside byte for byte, told, and the state opens',
    async (name) => {
      const facts = parts();
      const first = await DurableState.open(facts);
      void first.keep('acme', { any: 'thing' });
      await first.audit.append(ENTRY);
      await first.close();
      const file = path.join(facts.stateDir, name);
      const damaged = Buffer.from(readFileSync(file));
      damaged[damaged.length - 30]! ^= 1;
      writeFileSync(file, damaged);
      const again = parts(facts.stateDir);
      const state = await DurableState.open(again);
      const aside = readdirSync(facts.stateDir).filter((each) => each.includes('.damaged-'));
      expect(aside).toEqual([`${name}.damaged-${again.clock.epochMs()}`]);
      expect(readFileSync(path.join(facts.stateDir, aside[0]!))).toEqual(damaged);
      expect(again.log.lines).toEqual([
        expect.objectContaining({
          level: 'error',
          message: '[state] a damaged file is set aside',
          fields: expect.objectContaining({ code: 'TENANTRY_STATE_DAMAGED', path: file }),
        }),
      ]);
      // It is no trouble of the disk: what is written from now on is durable.
      expect(state.isSound).toBe(true);
      void state.keep('acme', 2);
      await state.close();
      expect(existsSync(path.join(facts.stateDir, aside[0]!))).toBe(true);
    },
  );
});

test('what cannot be kept at all is no rejection that nobody handles', async () => {
  const state = await DurableState.open(parts());
  void state.keep('no tenant id', 1);
  void state.keep('acme', 1n);
  await turns(2);
  expect(state.kept()).toEqual(new Map());
  await state.close();
});

describe('a pool with a state directory', () => {
  const on = (stateDir: string, more: object = {}) =>
    makePool({ stateDir, tenants: { acme: {} }, ...more });

  test('that another pool has does not start, says whose it is, and starts when it is free', async () => {
    const stateDir = tempFolder();
    const [{ pool: first }, { pool: second }] = [on(stateDir), on(stateDir)];
    await first.start();
    const session = await first.open({ tenant: 'acme' });
    const error = await caught(() => second.start());
    expect(error.code).toBe('TENANTRY_STATE_IN_USE');
    expect(error.message).toBe(
      `state directory ${stateDir}: a pool of process ${process.pid} uses it`,
    );
    expect((await caught(() => second.open())).code).toBe('TENANTRY_POOL_NOT_STARTED');
    await first.cap('acme', 3);
    expect(session.state).toBe('active');
    await first.close();
    await second.start();
    expect((await second.snapshot()).tenants[0]).toMatchObject({ maxSessions: 3 });
  });

  test('whose start fails after it was locked gives it back', async () => {
    const stateDir = tempFolder();
    writeFileSync(path.join(stateDir, 'metrics'), 'a file where a folder is needed');
    const { pool } = on(stateDir, {
      metrics: { jsonl: path.join(stateDir, 'metrics', 'm.jsonl') },
    });
    expect((await caught(() => pool.start())).code).toBe('TENANTRY_METRICS_FAILED');
    expect(existsSync(path.join(stateDir, 'lock'))).toBe(false);
    const { pool: other } = on(stateDir);
    await other.start();
    await other.open({ tenant: 'acme' });
  });

  test('that is closed while it starts gives it back', async () => {
    const stateDir = tempFolder();
    const { pool } = on(stateDir);
    const starting = caught(() => pool.start());
    await pool.close();
    expect((await starting).code).toBe('TENANTRY_POOL_CLOSED');
    expect(existsSync(path.join(stateDir, 'lock'))).toBe(false);
  });

  test.each<[string, (folder: string) => string, RegExp]>([
    [
      'is a file',
      (folder) => (writeFileSync(path.join(folder, 'f'), ''), path.join(folder, 'f')),
      /it is no directory/,
    ],
    ['is a link', (folder) => (symlinkSync(folder, `${folder}/l`), `${folder}/l`), /symbolic link/],
    ['may not be written', (folder) => (chmodSync(folder, 0o500), folder), /not writable/],
    ['cannot be there', () => '/proc/tenantry', /cannot be made/],
  ])(
    'that %s is refused with its path and why, and the pool can be closed',
    async (_, make, why) => {
      const folder = tempFolder();
      const stateDir = make(folder);
      const { pool } = on(stateDir);
      const error = await caught(() => pool.start());
      expect(error.code).toMatch(/^TENANTRY_STATE_(DIR_UNSAFE|FAILED)$/);
      expect(error.message).toContain(path.basename(stateDir));
      expect(error.message).toMatch(why);
      expect(pool.state).toBe('created');
      await pool.close();
      chmodSync(folder, 0o700);
    },
  );

  test('starts from files cut or flipped anywhere, tells of it, and overwrites no byte that it found', async () => {
    const whole = tempFolder();
    const { pool } = on(whole);
    await pool.start();
    for (const cap of [1, 2, 3]) await pool.cap('acme', cap);
    await pool.isolate('acme', { as: 'quarantined' });
    await pool.close();
    for (const name of ['audit.jsonl', 'tenants.jsonl']) {
      const sound = readFileSync(path.join(whole, name));
      for (let at = 1; at < sound.length; at += Math.ceil(sound.length / 12)) {
        const flipped = Buffer.from(sound);
        flipped[at]! ^= 0x10;
        for (const bytes of [sound.subarray(0, at), flipped]) {
          const stateDir = tempFolder();
          for (const each of ['audit.jsonl', 'tenants.jsonl']) {
            writeFileSync(path.join(stateDir, each), readFileSync(path.join(whole, each)));
          }
          writeFileSync(path.join(stateDir, name), bytes);
          const { pool: again, log } = on(stateDir);
          await again.start();
          expect(await again.cap('acme', 9)).toMatchObject({ isAudited: true });
          expect((await again.snapshot()).confinement).toMatchObject({ auditOk: true });
          await again.explain('acme');
          await again.close();
          // What was cut off is beside it, or is still where it was.
          const kept = readdirSync(stateDir)
            .filter((file) => file.startsWith(name))
            .map((file) => readFileSync(path.join(stateDir, file)));
          const torn = bytes.subarray(bytes.lastIndexOf(0x0a) + 1);
          const body = bytes.subarray(0, bytes.length - torn.length);
          expect(kept.some((file) => file.subarray(0, body.length).equals(body))).toBe(true);
          if (name === 'audit.jsonl') expect(kept.some((file) => file.includes(torn))).toBe(true);
          const isTold = log.lines.some(({ message }) => message.startsWith('[state]'));
          if (kept.length > 1) expect(isTold).toBe(true);
        }
      }
    }
  }, 60_000);
});
