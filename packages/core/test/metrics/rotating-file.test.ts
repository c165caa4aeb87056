import { describe, expect, test } from '@jest/globals';
import { turns } from '../turns.js';
import { FakeDisk, diskError } from './fake-disk.js';
import { readLines } from './metrics-lines.js';
import { PATH, numbered, openWriter, type TestWriter } from './test-writer.js';

/** One line of `numbered` is 100 to 110 bytes: three of them fit. */
const THREE_LINES = 340;

const seqsOf = (disk: FakeDisk, path: string): number[] =>
  readLines(disk.text(path)).lines.map(({ seq }) => seq);

const namesOf = (disk: FakeDisk): string[] => [...disk.files.keys()].sort();

const filesOf = (made: TestWriter): number[][] =>
  [PATH, `${PATH}.1`, `${PATH}.2`].map((path) => seqsOf(made.disk, path));

describe('the rotation of a metrics file', () => {
  test('moves each file one further, deletes the oldest, and splits no record', async () => {
    const made = await openWriter({ maxFileBytes: THREE_LINES, maxFiles: 2 });
    await made.emit(11);
    expect(filesOf(made)).toEqual([
      [10, 11],
      [7, 8, 9],
      [4, 5, 6],
    ]);
    expect(namesOf(made.disk)).toEqual([PATH, `${PATH}.1`, `${PATH}.2`]);
    for (const path of namesOf(made.disk)) {
      expect(readLines(made.disk.text(path)).broken).toEqual([]);
      expect(made.disk.text(path).length).toBeLessThanOrEqual(THREE_LINES);
    }
    expect(made.disk.openCount).toBe(1);
  });

  test('counts what the file held before it was opened', async () => {
    const disk = new FakeDisk();
    disk.put(PATH, `${'x'.repeat(THREE_LINES - 1)}\n`);
    const made = await openWriter({ maxFileBytes: THREE_LINES }, disk);
    await made.emit(1);
    expect(disk.text(`${PATH}.1`)).toHaveLength(THREE_LINES);
    expect(seqsOf(disk, PATH)).toEqual([1]);
  });

  test('keeps no other file with maxFiles: 0', async () => {
    const made = await openWriter({ maxFileBytes: THREE_LINES, maxFiles: 0 });
    await made.emit(7);
    expect([namesOf(made.disk), seqsOf(made.disk, PATH)]).toEqual([[PATH], [7]]);
  });

  test('fills a free name before it replaces a file', async () => {
    const made = await openWriter({ maxFileBytes: THREE_LINES, maxFiles: 3 });
    made.disk.put(`${PATH}.1`, 'one\n');
    made.disk.put(`${PATH}.3`, 'three\n');
    await made.emit(4);
    expect(made.disk.text(`${PATH}.2`)).toBe('one\n');
    expect(made.disk.text(`${PATH}.3`)).toBe('three\n');
    expect(seqsOf(made.disk, `${PATH}.1`)).toEqual([1, 2, 3]);
  });

  test('gives a record larger than maxFileBytes a file of its own', async () => {
    const { writer, disk } = await openWriter({ maxFileBytes: THREE_LINES });
    writer.event(numbered(0));
    writer.snapshot({ long: 'x'.repeat(1_000) });
    writer.event(numbered(1));
    await turns();
    expect([`${PATH}.2`, `${PATH}.1`, PATH].map((path) => seqsOf(disk, path))).toEqual([
      [1],
      [2],
      [3],
    ]);
  });
});

describe('a rotation that fails', () => {
  test('is complained of, leaves the same file written, and is tried again a minute later', async () => {
    const made = await openWriter({ maxFileBytes: THREE_LINES });
    const { disk, clock, log } = made;
    disk.before = (operation) => {
      if (operation === 'rename') throw diskError('EACCES');
    };
    await made.emit(8);
    expect(seqsOf(disk, PATH)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(disk.operations.filter((one) => one.startsWith('rename'))).toHaveLength(1);
    expect(log.lines).toMatchObject([
      {
        level: 'warn',
        message: '[metrics] cannot rotate; the same file is written on',
        fields: { path: PATH, code: 'EACCES' },
      },
    ]);
    disk.before = () => undefined;
    clock.advance(60_000);
    await made.emit(1, 8);
    expect([seqsOf(disk, `${PATH}.1`), seqsOf(disk, PATH)]).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [9],
    ]);
    expect(log.lines.at(-1)).toMatchObject({ level: 'info', message: '[metrics] rotated again' });
  });

  test('in the middle of the row replaces no file, also when it is tried again', async () => {
    const made = await openWriter({ maxFileBytes: THREE_LINES, maxFiles: 3 });
    const { disk, clock } = made;
    disk.put(`${PATH}.1`, 'one\n');
    disk.put(`${PATH}.2`, 'two\n');
    disk.before = (operation, path) => {
      if (operation === 'rename' && path.startsWith(`${PATH}.1 `)) throw diskError('EIO');
    };
    await made.emit(4);
    expect(namesOf(disk)).toEqual([PATH, `${PATH}.1`, `${PATH}.3`]);
    disk.before = () => undefined;
    clock.advance(60_000);
    await made.emit(1, 4);
    expect([disk.text(`${PATH}.3`), disk.text(`${PATH}.2`)]).toEqual(['two\n', 'one\n']);
    expect([seqsOf(disk, `${PATH}.1`), seqsOf(disk, PATH)]).toEqual([[1, 2, 3, 4], [5]]);
  });

  test.each([0, 5])('at the new file puts the old one back (maxFiles: %p)', async (maxFiles) => {
    const made = await openWriter({ maxFileBytes: THREE_LINES, maxFiles });
    await made.emit(3);
    made.disk.before = (operation) => {
      if (operation === 'open') throw diskError('EMFILE');
    };
    await made.emit(2, 3);
    expect(namesOf(made.disk)).toEqual([PATH]);
    expect(seqsOf(made.disk, PATH)).toEqual([1, 2, 3, 4, 5]);
    expect(made.log.lines).toMatchObject([{ fields: { code: 'EMFILE' } }]);
  });

  test('and cannot put the old file back goes on in it, and then in a new one', async () => {
    const made = await openWriter({ maxFileBytes: THREE_LINES });
    await made.emit(3);
    let renames = 0;
    made.disk.before = (operation) => {
      if (operation === 'open') throw diskError('EMFILE');
      if (operation === 'rename' && (renames += 1) > 1) throw diskError('EIO');
    };
    await made.emit(1, 3);
    expect([namesOf(made.disk), seqsOf(made.disk, `${PATH}.1`)]).toEqual([
      [`${PATH}.1`],
      [1, 2, 3, 4],
    ]);
    made.disk.before = () => undefined;
    await made.emit(1, 4);
    expect(seqsOf(made.disk, PATH)).toEqual([5]);
  });
});
