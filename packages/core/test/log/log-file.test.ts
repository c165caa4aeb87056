import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LogFile } from '../../src/log/log-file.js';
import { LogFileOptions } from '../../src/log/log-options.js';
import { thrownBy } from '../caught.js';
import { tempFolder } from '../temp-folder.js';

interface Opened {
  readonly file: string;
  readonly log: LogFile;
  readonly fallback: string[];
  readonly clock: { nowMs: number };
}

function opened(options: object = {}, folder = tempFolder()): Opened {
  const file = path.join(folder, 'a.log');
  const fallback: string[] = [];
  const clock = { nowMs: 0 };
  const log = new LogFile(
    { ...LogFileOptions.parse({ path: file }), ...options },
    { nowMs: () => clock.nowMs, fallback: { write: (line) => void fallback.push(line) } },
  );
  return { file, log, fallback, clock };
}

describe('a log file', () => {
  test("has each line when the write returns, and is its owner's alone", () => {
    const { file, log } = opened();
    log.write('one\n');
    expect(readFileSync(file, 'utf8')).toBe('one\n');
    log.write('two\n');
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is appended to, also after it was closed', () => {
    const { file, log } = opened();
    log.write('one\n');
    log.close();
    log.write('two\n');
    expect(readFileSync(file, 'utf8')).toBe('one\ntwo\n');
  });

  test('rotates before it is too large, and keeps so many', () => {
    const { file, log } = opened({ maxFileBytes: 10, maxFiles: 2 });
    for (const line of ['11111111\n', '22222222\n', '33333333\n', '44444444\n']) log.write(line);
    expect(readdirSync(path.dirname(file)).sort()).toEqual(['a.log', 'a.log.1', 'a.log.2']);
    expect([file, `${file}.1`, `${file}.2`].map((one) => readFileSync(one, 'utf8'))).toEqual([
      '44444444\n',
      '33333333\n',
      '22222222\n',
    ]);
  });

  test('goes on at its path where it was moved away, within a second', () => {
    const { file, log, clock } = opened();
    log.write('one\n');
    renameSync(file, `${file}.moved`);
    clock.nowMs += 1_000;
    log.write('two\n');
    expect(readFileSync(file, 'utf8')).toBe('two\n');
    expect(readFileSync(`${file}.moved`, 'utf8')).toBe('one\n');
  });

  test('gives what it cannot take to the fallback, says so once a minute, and comes back', () => {
    const { file, log, fallback, clock } = opened();
    renameSync(path.dirname(file), `${path.dirname(file)}-away`);
    for (const line of ['one\n', 'two\n']) {
      clock.nowMs += 1_000;
      log.write(line);
    }
    expect(fallback).toEqual([expect.stringContaining('"reason":"ENOENT"'), 'one\n', 'two\n']);
    renameSync(`${path.dirname(file)}-away`, path.dirname(file));
    log.write('three\n');
    expect(readFileSync(file, 'utf8')).toBe('three\n');
  });

  test.each([
    ['a folder that is not there', (_file: string) => {}, 'x/a.log', 'ENOENT'],
    ['a folder in its place', (file: string) => mkdirSync(file), 'a.log', 'EISDIR'],
    ['a symbolic link', (file: string) => symlinkSync('/dev/null', file), 'a.log', 'ELOOP'],
  ])('is refused: %s', (_what, prepare, name, reason) => {
    const file = path.join(tempFolder(), name);
    if (existsSync(path.dirname(file))) prepare(file);
    const error = thrownBy(
      () =>
        new LogFile(LogFileOptions.parse({ path: file }), {
          nowMs: () => 0,
          fallback: { write: () => {} },
        }),
    );
    expect(error).toMatchObject({
      code: 'TENANTRY_LOG_FAILED',
      message: expect.stringContaining(reason),
    });
  });
});
