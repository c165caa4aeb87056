import { describe, expect, test } from '@jest/globals';
import { caught } from '../caught.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { FakeDisk, diskError } from './fake-disk.js';
import { readLines } from './metrics-lines.js';
import { PATH, numbered, openWriter } from './test-writer.js';

describe('a metrics writer', () => {
  test('appends one JSON document a line, numbered from 1, with the wall-clock time', async () => {
    const { writer, clock, lines } = await openWriter();
    writer.event(numbered(0));
    clock.advance(5);
    writer.snapshot({ figures: 1 });
    await turns();
    expect(lines()).toEqual([
      { schemaVersion: 1, kind: 'event', seq: 1, time: clock.epochMs() - 5, payload: numbered(0) },
      {
        schemaVersion: 1,
        kind: 'snapshot',
        seq: 2,
        time: clock.epochMs(),
        payload: { figures: 1 },
      },
    ]);
  });

  test('keeps what the file holds, and begins a new line where its last one is torn', async () => {
    const disk = new FakeDisk();
    disk.put(PATH, '{"seq":1}\n{"seq":2,"pay');
    const { emit } = await openWriter({}, disk);
    await emit(2);
    const { lines, broken } = readLines(disk.text(PATH));
    expect(lines.map(({ seq }) => seq)).toEqual([1, 1, 2]);
    expect(broken).toEqual(['{"seq":2,"pay']);
  });

  test('has one append in flight, and joins in the next what has come meanwhile', async () => {
    const { disk, emit, numbers } = await openWriter();
    const appended = gate();
    disk.before = (operation) => (operation === 'append' ? appended.promise : undefined);
    await emit(1);
    await emit(30, 1);
    const appends = (): number => disk.operations.filter((one) => one.startsWith('append')).length;
    expect([appends(), numbers()]).toEqual([1, []]);
    appended.open();
    await turns();
    expect(appends()).toBe(2);
    expect(numbers()).toEqual(Array.from({ length: 31 }, (_, index) => index));
  });

  test('splits a long backlog, so that serializing does not hold the loop', async () => {
    const { writer, disk, lines } = await openWriter({ maxFileBytes: 10_000_000 });
    for (let index = 0; index < 10; index += 1) {
      writer.event({ event: 'isolate.ended', detail: 'x'.repeat(100_000) } as { event: string });
    }
    await turns();
    expect(lines()).toHaveLength(10);
    expect(disk.operations.filter((one) => one.startsWith('append'))).toHaveLength(5);
  });

  test('opens anew when the file was moved or deleted under it', async () => {
    const { disk, emit, numbers } = await openWriter();
    await emit(1);
    await disk.rename(PATH, '/elsewhere');
    await emit(1, 1);
    expect([numbers(), readLines(disk.text('/elsewhere')).lines]).toMatchObject([
      [1],
      [{ seq: 1 }],
    ]);
    disk.files.delete(PATH);
    await emit(1, 2);
    expect([numbers(), disk.openCount]).toEqual([[2], 1]);
  });

  test('gives up a record that is no JSON, and says that one is missing', async () => {
    const { writer, lines } = await openWriter();
    writer.event({ event: 'isolate.ended', big: 1n } as { event: string });
    writer.event(numbered(1));
    await turns();
    expect(lines()).toMatchObject([
      { seq: 1, payload: { event: 'metrics.overflow', droppedByEvent: { 'isolate.ended': 1 } } },
      { seq: 2, payload: { number: 1 } },
    ]);
  });
});

describe('a disk that does not keep up', () => {
  test('makes an overflow in the place of what is missing, with its exact count', async () => {
    const { writer, disk, clock, lines, emit, log } = await openWriter({ maxBufferedRecords: 3 });
    const appended = gate();
    disk.before = (operation) => (operation === 'append' ? appended.promise : undefined);
    await emit(1);
    await emit(4, 1);
    clock.advance(7);
    writer.snapshot({});
    appended.open();
    await turns();
    disk.before = () => undefined;
    await emit(1, 9);
    expect(lines().slice(3)).toEqual([
      {
        schemaVersion: 1,
        kind: 'event',
        seq: 4,
        time: clock.epochMs(),
        payload: {
          event: 'metrics.overflow',
          droppedCount: 3,
          droppedByKind: { snapshot: 1, event: 2 },
          droppedByEvent: { 'session.started': 2 },
          sinceSeq: 3,
          firstDroppedAtMs: clock.epochMs() - 7,
          lastDroppedAtMs: clock.epochMs(),
        },
      },
      expect.objectContaining({ seq: 5, payload: numbered(9) }),
    ]);
    expect(log.lines).toMatchObject([
      {
        level: 'warn',
        message: expect.stringContaining('[metrics] records are dropped'),
        fields: { path: PATH, bufferedRecords: 3, droppedCount: 1 },
      },
    ]);
  });

  test('that fails for long leaves one overflow, however often the write is tried', async () => {
    const { writer, disk, clock, emit, lines } = await openWriter({ maxBufferedRecords: 1 });
    const startMs = clock.epochMs();
    let appended = gate();
    disk.before = (operation) => (operation === 'append' ? appended.promise : undefined);
    await emit(1);
    for (let index = 1; index <= 50; index += 1) {
      // One while a write is under way, two while none is.
      await emit(1, index);
      appended.fail(diskError('ENOSPC'));
      await turns();
      await emit(1, index);
      writer.dropSnapshot();
      appended = gate();
      clock.advance(1_000);
      await turns();
    }
    appended.fail(diskError('ENOSPC'));
    await turns();
    disk.before = () => undefined;
    clock.advance(1_000);
    await turns();
    expect(lines()).toMatchObject([
      { seq: 1, payload: { number: 0 } },
      {
        seq: 2,
        payload: {
          droppedCount: 150,
          droppedByKind: { snapshot: 50, event: 100 },
          droppedByEvent: { 'session.started': 100 },
          sinceSeq: 1,
          firstDroppedAtMs: startMs,
          lastDroppedAtMs: startMs + 49_000,
        },
      },
    ]);
    expect(lines()).toHaveLength(2);
  });
});

describe('a disk that fails', () => {
  test('is tried every second, complained of once a minute with its code, and heals', async () => {
    const { disk, clock, emit, numbers, log } = await openWriter();
    disk.before = (operation) => {
      if (operation === 'append') throw diskError('ENOSPC');
    };
    await emit(3);
    for (let second = 0; second < 61; second += 1) {
      clock.advance(1_000);
      await turns();
    }
    expect(disk.operations.filter((one) => one.startsWith('append'))).toHaveLength(62);
    expect(log.lines.map(({ level, fields }) => [level, fields])).toEqual([
      ['warn', expect.objectContaining({ path: PATH, code: 'ENOSPC', unloggedCount: 0 })],
      ['warn', expect.objectContaining({ code: 'ENOSPC', unloggedCount: 59, bufferedRecords: 3 })],
    ]);
    disk.before = () => undefined;
    expect(numbers()).toEqual([]);
    clock.advance(1_000);
    await turns();
    expect(numbers()).toEqual([0, 1, 2]);
    expect(log.lines.at(-1)).toMatchObject({ level: 'info', message: '[metrics] writes again' });
  });

  test('after half a line leaves it torn, and gets the whole record on a line of its own', async () => {
    const { disk, clock, emit, lines } = await openWriter();
    let appends = 0;
    disk.before = (operation) => {
      if (operation !== 'append') return undefined;
      appends += 1;
      if (appends === 1) return 100;
      throw diskError('ENOSPC');
    };
    await emit(3);
    expect(disk.text(PATH)).toHaveLength(100);
    disk.before = () => undefined;
    clock.advance(1_000);
    await turns();
    expect(lines().map(({ seq, payload }) => [seq, payload['number']])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    expect(readLines(disk.text(PATH)).broken).toHaveLength(1);
  });

  test('before the newline of a whole record does not get that record twice', async () => {
    const { disk, clock, emit, lines } = await openWriter();
    await emit(1);
    const lineBytes = disk.text(PATH).length;
    let appends = 0;
    disk.before = (operation) => {
      if (operation !== 'append') return undefined;
      appends += 1;
      if (appends === 1) return lineBytes - 1;
      throw diskError('EIO');
    };
    await emit(2, 1);
    disk.before = () => undefined;
    clock.advance(1_000);
    await turns();
    expect(lines().map(({ seq }) => seq)).toEqual([1, 2, 3]);
    expect(readLines(disk.text(PATH)).broken).toEqual([]);
  });

  test.each(['open', 'identity'] as const)('at %s loses nothing either', async (failing) => {
    const { disk, clock, emit, numbers, log } = await openWriter();
    await emit(1);
    disk.files.delete(PATH);
    disk.before = (operation) => {
      if (operation === failing) throw diskError('EACCES');
    };
    await emit(2, 1);
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { code: 'EACCES' } }]);
    disk.before = () => undefined;
    clock.advance(1_000);
    await turns();
    expect([numbers(), disk.openCount]).toEqual([[1, 2], 1]);
  });
});

describe('the close of a metrics writer', () => {
  test('writes what waits, closes the file, and lets the path go', async () => {
    const { writer, disk, numbers } = await openWriter();
    for (let index = 0; index < 3; index += 1) writer.event(numbered(index));
    await writer.close(2_000);
    expect([numbers(), disk.openCount]).toEqual([[0, 1, 2], 0]);
    writer.event(numbered(3));
    await turns();
    expect(numbers()).toEqual([0, 1, 2]);
    expect((await openWriter({}, disk)).numbers()).toEqual([0, 1, 2]);
  });

  test('tries a failing disk at once and again, and writes what it then takes', async () => {
    const { writer, disk, clock, emit, numbers, log } = await openWriter();
    disk.before = (operation) => {
      if (operation === 'append') throw diskError('ENOSPC');
    };
    await emit(2);
    const closing = writer.close(2_000);
    await turns();
    disk.before = () => undefined;
    clock.advance(1_000);
    await closing;
    expect([numbers(), disk.openCount]).toEqual([[0, 1], 0]);
    expect(log.lines.map(({ message }) => message)).not.toContain(
      '[metrics] closed before everything was written',
    );
  });

  test('ends at its deadline, and logs how many records are not written', async () => {
    const { writer, disk, clock, emit, log } = await openWriter({ maxBufferedRecords: 4 });
    disk.before = (operation) => {
      if (operation === 'append') throw diskError('ENOSPC');
    };
    await emit(6);
    const closing = writer.close(2_000);
    for (let second = 0; second < 2; second += 1) {
      await turns();
      clock.advance(1_000);
    }
    await closing;
    await turns();
    expect(log.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: '[metrics] closed before everything was written',
      fields: { path: PATH, unwrittenCount: 6 },
    });
    expect([clock.armedCount, disk.openCount]).toEqual([0, 0]);
  });

  test('does not wait for a disk that hangs, whose file is closed when it comes back', async () => {
    const { writer, disk, clock, emit } = await openWriter();
    const appended = gate();
    disk.before = (operation) => (operation === 'append' ? appended.promise : undefined);
    await emit(1);
    const closing = writer.close(2_000);
    await turns();
    clock.advance(2_000);
    await closing;
    expect(disk.openCount).toBe(1);
    appended.open();
    await turns();
    expect(disk.openCount).toBe(0);
  });
});

describe('the file of a metrics writer', () => {
  test('is refused to a second pool of the process until the first has closed', async () => {
    const { writer, disk } = await openWriter();
    const error = await caught(() => openWriter({}, disk));
    expect(error).toMatchObject({
      code: 'TENANTRY_METRICS_FAILED',
      details: { path: PATH, reason: 'another pool of this process writes to it' },
    });
    expect(error.message).toBe(`metrics.jsonl ${PATH}: another pool of this process writes to it`);
    await writer.close(2_000);
    await openWriter({}, disk);
  });

  test.each(['canonical', 'open'] as const)('that fails at %s is let go', async (failing) => {
    const disk = new FakeDisk();
    disk.before = (operation) => {
      if (operation === failing) throw diskError('EACCES');
    };
    const error = await caught(() => openWriter({}, disk));
    expect(error).toMatchObject({ code: 'TENANTRY_METRICS_FAILED', cause: { code: 'EACCES' } });
    expect(error.message).toContain(PATH);
    expect(error.message).toContain('EACCES');
    disk.before = () => undefined;
    await openWriter({}, disk);
  });
});
