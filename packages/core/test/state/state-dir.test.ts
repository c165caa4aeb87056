import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { describe, expect, test } from '@jest/globals';
import { StateDir } from '../../src/state/state-dir.js';
import { caught } from '../caught.js';
import { tempFolder } from '../temp-folder.js';

const modeOf = (file: string): number => statSync(file).mode & 0o777;
const DEAD_PID = 2 ** 22 + 1;

interface Lock {
  readonly pid: number;
  readonly start: string | null;
  readonly token: string;
}

const lockOf = (folder: string): Lock =>
  JSON.parse(readFileSync(path.join(folder, 'lock'), 'utf8')) as Lock;

function holder(more: Partial<Lock> = {}, digit = 'a'): Lock {
  return { pid: DEAD_PID, start: 'boot/1', token: digit.repeat(32), ...more };
}

function lockedBy(...holders: readonly (Lock | string)[]): string {
  const folder = tempFolder();
  let name = 'lock';
  for (const each of holders) {
    const text = typeof each === 'string' ? each : JSON.stringify(each);
    writeFileSync(path.join(folder, name), text);
    if (typeof each !== 'string') name = `lock.after-${each.token}`;
  }
  return folder;
}

describe('a state directory', () => {
  test('is made for its owner alone, with the folders above it', async () => {
    const folder = path.join(tempFolder(), 'deep', 'state');
    const dir = await StateDir.open(folder);
    expect([dir.path, modeOf(folder), modeOf(path.join(folder, 'lock'))]).toEqual([
      folder,
      0o700,
      0o600,
    ]);
    await dir.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each([0o777, 0o755, 0o750, 0o701])('of mode %o is taken from others', async (mode) => {
    const folder = tempFolder();
    chmodSync(folder, mode);
    await (await StateDir.open(folder)).close();
    expect(modeOf(folder)).toBe(0o700);
  });

  test.each<[string, (folder: string) => string | void, RegExp]>([
    [
      'a symbolic link to a folder',
      (at) => (mkdirSync(`${at}-real`), symlinkSync(`${at}-real`, at)),
      /symbolic link/,
    ],
    ['a symbolic link to nothing', (at) => symlinkSync(`${at}-none`, at), /symbolic link/],
    ['a file', (at) => writeFileSync(at, ''), /no directory/],
    ['below a file', (at) => (writeFileSync(at, ''), path.join(at, 'state')), /cannot be made/],
    ['without the right to write', (at) => mkdirSync(at, 0o500), /not writable/],
  ])('is refused: %s', async (_what, make, why) => {
    const at = path.join(tempFolder(), 'state');
    const folder = make(at) ?? at;
    const error = await caught(() => StateDir.open(folder));
    expect(error.code).toBe('TENANTRY_STATE_DIR_UNSAFE');
    expect(error.message).toContain(folder);
    expect(error.message).toMatch(why);
    expect(existsSync(`${at}-none`)).toBe(false);
  });

  // Only root can give a folder away; whoever else runs this has folders of root to look at.
  test('is refused: another user’s', async () => {
    let folder = '/';
    if (process.getuid?.() === 0) chownSync((folder = tempFolder()), 12_345, 12_345);
    const before = modeOf(folder);
    const error = await caught(() => StateDir.open(folder));
    expect(error.code).toBe('TENANTRY_STATE_DIR_UNSAFE');
    expect(error.message).toMatch(/belongs to user/);
    expect(modeOf(folder)).toBe(before);
  });
});

describe('the lock of a state directory', () => {
  test('is one pool’s at a time, in one process too', async () => {
    const folder = tempFolder();
    const dir = await StateDir.open(folder);
    const error = await caught(() => StateDir.open(folder));
    expect(error).toMatchObject({
      code: 'TENANTRY_STATE_IN_USE',
      details: { path: folder, pid: process.pid },
    });
    expect(error.message).toContain(folder);
    expect(error.message).toContain(String(process.pid));
    await dir.close();
    await (await StateDir.open(folder)).close();
  });

  test('is one’s of many that open at once', async () => {
    const folder = tempFolder();
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => StateDir.open(folder)));
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  test('says who has it', async () => {
    const folder = tempFolder();
    await StateDir.open(folder);
    expect(lockOf(folder)).toEqual({
      pid: process.pid,
      start: process.platform === 'linux' ? expect.stringMatching(/^[0-9a-f-]{36}\/\d+$/) : null,
      token: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  test.each<[string, readonly (Lock | string)[]]>([
    ['a dead process', [holder()]],
    ['a process whose pid another one has now', [holder({ pid: process.pid })]],
    ['nobody: it is empty', ['']],
    ['nobody: it is no lock', ['{"pid":1}']],
    ['a token that is a path', [JSON.stringify(holder({ token: '../../x' }))]],
    ['a dead process, and another that died taking it over', [holder(), holder({}, 'b')]],
    ['a chain of three dead ones', [holder(), holder({}, 'b'), holder({}, 'c')]],
  ])('is taken over from %s, by one of many', async (_what, holders) => {
    const folder = lockedBy(...holders);
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => StateDir.open(folder)));
    const held = ends.filter((end) => end.status === 'fulfilled');
    expect(held).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['lock']);
    expect(lockOf(folder).pid).toBe(process.pid);
    await held[0]!.value.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  test.each<[string, readonly Lock[]]>([
    ['lives, and does not say since when', [holder({ pid: process.ppid, start: null })]],
    ['is taking over', [holder(), holder({ pid: process.ppid, start: null }, 'b')]],
  ])('is left to a process that %s', async (_what, holders) => {
    const folder = lockedBy(...holders);
    const before = readdirSync(folder);
    const error = await caught(() => StateDir.open(folder));
    expect(error).toMatchObject({
      code: 'TENANTRY_STATE_IN_USE',
      details: { pid: process.ppid },
    });
    expect(readdirSync(folder)).toEqual(before);
  });

  test('is not removed by one that no longer has it', async () => {
    const folder = tempFolder();
    const dir = await StateDir.open(folder);
    writeFileSync(path.join(folder, 'lock'), JSON.stringify(holder({ pid: process.ppid })));
    await dir.close();
    expect(lockOf(folder).pid).toBe(process.ppid);
    await dir.close();
  });

  test('that the disk refuses is a matter of the disk', async () => {
    const folder = tempFolder();
    mkdirSync(path.join(folder, 'lock'));
    const error = await caught(() => StateDir.open(folder));
    expect(error).toMatchObject({ code: 'TENANTRY_STATE_FAILED', retryable: true });
    expect(readdirSync(folder)).toEqual(['lock']);
  });
});

test('a lock that the disk refuses leaves nothing behind', () => {
  const folder = tempFolder();
  const code = `
    const { StateLock } = await import(${JSON.stringify(new URL('../../src/state/state-lock.js', import.meta.url))});
    const error = await StateLock.take(${JSON.stringify(folder)}, 'lock').catch((thrown) => thrown);
    process.stdout.write(String(error.code));`;
  const node = [process.execPath, '--input-type=module', '-e', code];
  // Every file of that process may be made, and none may grow.
  const said = execFileSync('prlimit', ['--fsize=0:unlimited', ...node], { encoding: 'utf8' });
  expect([said, readdirSync(folder)]).toEqual(['EFBIG', []]);
});
