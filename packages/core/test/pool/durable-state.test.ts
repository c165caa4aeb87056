import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
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

const words = ({ log }: { log: MemoryLog }): string[] =>
  log.lines.map(({ level, message }) => `${level} ${message}`);

describe('durable state', () => {
  test('without a directory is in memory, sound, and keeps nothing of tenants', async () => {
    const state = await DurableState.open({ ...parts(), stateDir: undefined });
    state.keep('acme', { any: 'thing' });
    await state.audit.append(ENTRY);
    expect(state.kept()).toEqual(new Map());
    expect([state.isSound, state.audit.recent({}, 9).length]).toEqual([true, 1]);
    await state.close();
  });

  test('has after a restart what was kept, and goes on with its trail', async () => {
    const first = parts();
    const one = await DurableState.open(first);
    one.keep('acme', { any: 'thing' });
    one.keep('gone', 1);
    one.forget('gone');
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
    one.keep('acme', 1);
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
        state.keep('acme', { any: 'thing' });
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

test('one file that is well again leaves the other in trouble', async () => {
  const { disk } = failing('append', '.jsonl', 'ENOSPC');
  const facts = parts(undefined, disk);
  const state = await DurableState.open(facts);
  const write = async (): Promise<void> => {
    state.keep('acme', 1);
    await state.audit.append(ENTRY).catch(() => {});
    await turns(3);
  };
  await write();
  disk.before = (operation, file) => {
    if (operation === 'append' && file.includes('audit')) throw diskError('ENOSPC');
  };
  await write();
  expect(state.isSound).toBe(false);
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
      first.keep('acme', { any: 'thing' });
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
      state.keep('acme', 2);
      await state.close();
      expect(existsSync(path.join(facts.stateDir, aside[0]!))).toBe(true);
    },
  );
});

test('what cannot be kept at all is no rejection that nobody handles', async () => {
  const state = await DurableState.open(parts());
  state.keep('no tenant id', 1);
  state.keep('acme', 1n);
  state.forget('no tenant id');
  await turns(2);
  expect(state.kept()).toEqual(new Map());
  await state.close();
});
