import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Journal } from '../../src/state/journal.js';
import { ManualClock } from '../manual-clock.js';
import { Told } from './told.js';
import { FakeStateDisk, diskError } from './fake-state-disk.js';

const PATH = '/state/records.jsonl';

interface Opened {
  readonly disk: FakeStateDisk;
  readonly told: Told;
  readonly journal: Journal<number>;
}

async function openJournal(
  { text = '', maxPending = 10_000, hold = () => Promise.resolve(), isLookedAtSeldom = false } = {},
  disk = new FakeStateDisk(),
): Promise<Opened> {
  disk.put(PATH, text);
  const told = new Told();
  const journal = new Journal<number>(await disk.open(PATH), text.length, {
    disk,
    dir: { path: '/state', hold },
    path: PATH,
    clock: new ManualClock(),
    listener: told,
    anew: ({ why, setAside }) => ({ pieces: [`anew: ${why}, ${setAside ?? 'nothing'} kept\n`] }),
    maxPending,
    isLookedAtSeldom,
    encode: (numbers) => ({ text: numbers.map((number) => `${number}\n`).join('') }),
  });
  return { disk, told, journal };
}

const codes = async (appends: readonly Promise<void>[]): Promise<unknown[]> =>
  (await Promise.allSettled(appends)).map((end) =>
    end.status === 'fulfilled' ? 'durable' : (end.reason as { code: string }).code,
  );

const REFUSED = 'TENANTRY_STATE_FAILED';

describe('group commit', () => {
  test('records appended in one turn share a write and a sync, in their order', async () => {
    const { disk, journal } = await openJournal();
    await Promise.all([1, 2, 3].map((number) => journal.append(number)));
    expect(disk.text(PATH)).toBe('1\n2\n3\n');
    expect([disk.count('append'), disk.count('sync')]).toEqual([1, 1]);
  });

  test('records appended during a sync share the next one', async () => {
    const { disk, journal } = await openJournal();
    let syncs = 0;
    let goOn = (): void => {};
    const reached = new Promise<void>((resolve) => {
      disk.before = (operation) => {
        if (operation !== 'sync' || (syncs += 1) > 1) return undefined;
        resolve();
        return new Promise<void>((release) => (goOn = release));
      };
    });
    const first = journal.append(0);
    await reached;
    const rest = Array.from({ length: 50 }, (_none, index) => journal.append(index + 1));
    goOn();
    await Promise.all([first, ...rest]);
    expect(syncs).toBe(2);
    expect(disk.text(PATH)).toBe(Array.from({ length: 51 }, (_none, n) => `${n}\n`).join(''));
  });

  test('no append resolves before its sync', async () => {
    const { disk, journal } = await openJournal();
    const order: string[] = [];
    disk.before = (operation) => void order.push(operation);
    await journal.append(1).then(() => order.push('resolved'));
    expect(order).toEqual(['syncFolder', 'append', 'sync', 'resolved']);
  });

  test('the name of a new file is synced once, that of an old one never', async () => {
    const fresh = await openJournal();
    await fresh.journal.append(1);
    await fresh.journal.append(2);
    const old = await openJournal({ text: '0\n' });
    await old.journal.append(1);
    expect([fresh.disk.count('syncFolder'), old.disk.count('syncFolder')]).toEqual([1, 0]);
  });

  test('close waits for what was appended, and refuses what comes after', async () => {
    const { disk, journal } = await openJournal();
    const appends = [journal.append(1), journal.append(2)];
    const closing = journal.close();
    appends.push(journal.append(3));
    await closing;
    await journal.close();
    expect(await codes(appends)).toEqual(['durable', 'durable', REFUSED]);
    expect([disk.text(PATH), disk.count('close')]).toEqual(['1\n2\n', 1]);
  });
});

describe('a disk that refuses', () => {
  test.each(['ENOSPC', 'EIO', 'EROFS'])(
    'with %s is told once, and told again when it takes',
    async (code) => {
      const { disk, told, journal } = await openJournal();
      await journal.append(1);
      disk.before = (operation) => {
        if (operation === 'append') throw diskError(code);
      };
      const error = await journal.append(2).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: REFUSED,
        retryable: true,
        details: { path: PATH, errno: code },
      });
      await expect(journal.append(3)).rejects.toMatchObject({ code: REFUSED });
      disk.before = () => undefined;
      await journal.append(4);
      await journal.append(5);
      expect(told.words).toEqual([`troubled ${REFUSED}`, 'recovered']);
      expect(disk.text(PATH)).toBe('1\n4\n5\n');
    },
  );

  test('a line written in part is cut off before the next one', async () => {
    const { disk, journal } = await openJournal({ text: '1\n' });
    let appends = 0;
    disk.before = (operation) => {
      if (operation !== 'append') return undefined;
      if ((appends += 1) > 1) throw diskError('ENOSPC');
      return 3;
    };
    await expect(journal.append(23_456)).rejects.toMatchObject({ code: REFUSED });
    expect(disk.text(PATH)).toBe('1\n234');
    disk.before = () => undefined;
    await journal.append(7);
    expect(disk.text(PATH)).toBe('1\n7\n');
  });

  test('what a failed sync left is cut off too, and not taken for durable', async () => {
    const { disk, journal } = await openJournal();
    let syncs = 0;
    disk.before = (operation) => {
      if (operation === 'sync' && (syncs += 1) === 1) throw diskError('EIO');
    };
    expect(await codes([journal.append(1)])).toEqual([REFUSED]);
    await journal.append(2);
    expect(disk.text(PATH)).toBe('2\n');
  });

  test('where the cut fails, nothing is written behind it', async () => {
    const { disk, journal } = await openJournal({ text: '1\n' });
    let isFull = true;
    disk.before = (operation) => {
      if (operation === 'append' && isFull) throw diskError('ENOSPC');
      if (operation === 'truncate') throw diskError('EIO');
    };
    await journal.append(2).catch(() => {});
    isFull = false;
    expect(await codes([journal.append(3)])).toEqual([REFUSED]);
    expect(disk.text(PATH)).toBe('1\n');
  });

  test('a file that somebody shortened is not filled up with zeros', async () => {
    const { disk, journal } = await openJournal({ text: '1\n2\n' });
    disk.before = (operation) => {
      if (operation === 'append') throw diskError('EIO');
    };
    await journal.append(3).catch(() => {});
    disk.before = () => undefined;
    disk.files.get(PATH)!.bytes = Buffer.from('1\n');
    await journal.append(4);
    expect(disk.names('.damaged-').map((name) => disk.text(name))).toEqual(['1\n']);
    expect(disk.text(PATH)).toMatch(/^anew: it was cut from 4 to 2 bytes, .*damaged.* kept\n4\n$/);
  });

  test('a disk that writes nothing and says so is refused, not asked for ever', async () => {
    const { disk, journal } = await openJournal();
    disk.before = (operation) => (operation === 'append' ? 0 : undefined);
    expect(await codes([journal.append(1)])).toEqual([REFUSED]);
  });

  test('short writes are gone on with', async () => {
    const { disk, journal } = await openJournal();
    disk.before = (operation) => (operation === 'append' ? 1 : undefined);
    await journal.append(123);
    expect(disk.text(PATH)).toBe('123\n');
  });

  test('of more than maxPending records the last are refused, and it is told', async () => {
    const { disk, told, journal } = await openJournal({ maxPending: 2 });
    const ends = await codes([1, 2, 3].map((number) => journal.append(number)));
    expect(ends).toEqual(['durable', 'durable', REFUSED]);
    expect(told.words).toEqual([`troubled ${REFUSED}`, 'recovered']);
    await journal.append(4);
    expect(disk.text(PATH)).toBe('1\n2\n4\n');
  });

  test('records that are being written count as pending', async () => {
    const { disk, journal } = await openJournal({ maxPending: 1 });
    let second: Promise<void> | undefined;
    disk.before = (operation) => {
      if (operation === 'sync') second ??= journal.append(2);
    };
    await journal.append(1);
    expect(await codes([second!])).toEqual([REFUSED]);
  });
});

describe('a file that somebody', () => {
  const lose: readonly [string, (disk: FakeStateDisk) => void, string, readonly string[]][] = [
    ['renamed', (disk) => void disk.rename(PATH, `${PATH}.1`), 'it was removed or renamed', []],
    ['removed', (disk) => disk.files.delete(PATH), 'it was removed or renamed', []],
    ['replaced', (disk) => disk.put(PATH, 'x\n'), 'another file stands in its place', ['x\n']],
    ['emptied', (disk) => setBytes(disk, ''), 'it was cut from 4 to 0 bytes', []],
    ['cut', (disk) => setBytes(disk, '1'), 'it was cut from 4 to 1 bytes', ['1']],
    [
      'wrote to',
      (disk) => setBytes(disk, '1\n2\nx\n'),
      'somebody else wrote 2 bytes to it',
      ['1\n2\nx\n'],
    ],
  ];
  const setBytes = (disk: FakeStateDisk, text: string): void => {
    disk.files.get(PATH)!.bytes = Buffer.from(text);
  };

  test.each(lose)('%s begins anew with the next record, and is told', async (...lost) => {
    const [, lose, why, kept] = lost;
    const { disk, told, journal } = await openJournal({ text: '1\n2\n' });
    lose(disk);
    await journal.append(3);
    await journal.append(4);
    const asides = disk.names('.damaged-');
    const aside = asides[0] ?? 'nothing';
    expect(disk.text(PATH)).toBe(`anew: ${why}, ${aside} kept\n3\n4\n`);
    expect(asides.map((name) => disk.text(name))).toEqual(kept);
    expect(told.words).toEqual(['damaged TENANTRY_STATE_DAMAGED']);
  });

  test('removed is noticed without a record too, and before it is compacted', async () => {
    const { disk, told, journal } = await openJournal({ text: '1\n' });
    await journal.check();
    expect([disk.text(PATH), told.words]).toEqual(['1\n', []]);
    disk.files.delete(PATH);
    await journal.check();
    expect(disk.text(PATH)).toBe('anew: it was removed or renamed, nothing kept\n');
    disk.put(PATH, 'theirs');
    await journal.replace(() => ['9\n']);
    expect(disk.text(PATH)).toBe('9\n');
    expect(disk.names('.damaged-').map((name) => disk.text(name))).toEqual(['theirs']);
    expect(told.words).toEqual([
      'damaged TENANTRY_STATE_DAMAGED',
      'damaged TENANTRY_STATE_DAMAGED',
    ]);
  });

  test('replaced stays as it is where a new one cannot be made, and is kept once', async () => {
    const { disk, told, journal } = await openJournal({ text: '1\n' });
    disk.put(PATH, 'theirs');
    disk.before = (operation, path) => {
      if (operation === 'append' && path.includes('.new')) throw diskError('ENOSPC');
    };
    expect(await codes([journal.append(2)])).toEqual([REFUSED]);
    await journal.check();
    expect([disk.text(PATH), disk.names('.damaged-').length]).toEqual(['theirs', 1]);
    disk.before = () => undefined;
    await journal.check();
    expect(told.words).toEqual([
      `troubled ${REFUSED}`,
      'damaged TENANTRY_STATE_DAMAGED',
      'recovered',
    ]);
  });

  test('cut is noticed by the next check alone where that is enough, and never filled up', async () => {
    const { disk, told, journal } = await openJournal({ text: '1\n2\n', isLookedAtSeldom: true });
    setBytes(disk, '');
    await journal.append(3);
    expect([disk.text(PATH), told.words]).toEqual(['3\n', []]);
    await journal.check();
    expect(told.words).toEqual(['damaged TENANTRY_STATE_DAMAGED']);
    setBytes(disk, '');
    disk.before = (operation) => (operation === 'append' ? 0 : undefined);
    expect(await codes([journal.append(4)])).toEqual([REFUSED]);
    disk.before = () => undefined;
    await journal.append(5);
    expect(disk.text(PATH)).toMatch(/^anew: .*\n5\n$/);
  });

  test('took over with its folder is left to them', async () => {
    const { disk, told, journal } = await openJournal({
      text: '1\n',
      hold: () => Promise.reject(new Error('another pool has it')),
    });
    disk.put(PATH, 'theirs');
    expect(await codes([journal.append(2)])).toEqual([REFUSED]);
    expect([...disk.files.keys()]).toEqual([PATH]);
    expect([disk.text(PATH), told.words]).toEqual(['theirs', [`troubled ${REFUSED}`]]);
  });
});

describe('a file written anew', () => {
  test('has the new text, and what is appended after it', async () => {
    const { disk, journal } = await openJournal({ text: '1\n2\n' });
    await Promise.all([journal.append(3), journal.replace(() => ['9\n'])]);
    await journal.append(4);
    // The replacement was asked for before the disk was free for the 3.
    expect(disk.text(PATH)).toBe('9\n3\n4\n');
    expect(journal.sizeBytes).toBe(6);
    expect(disk.names('.new')).toEqual([]);
  });

  test.each(['open', 'append', 'sync', 'rename'] as const)(
    'a failing %s leaves the old file in use',
    async (failing) => {
      const { disk, journal } = await openJournal({ text: '1\n' });
      disk.before = (operation, path) => {
        if (operation === failing && path.includes('.new')) throw diskError('ENOSPC');
      };
      expect(await codes([journal.replace(() => ['9\n'])])).toEqual([REFUSED]);
      await journal.append(2);
      expect(disk.text(PATH)).toBe('1\n2\n');
      expect([...disk.files.keys()]).toEqual([PATH]);
    },
  );

  test('is not made where a file of an earlier attempt stands and cannot be removed', async () => {
    const { disk, journal } = await openJournal({ text: '1\n' });
    disk.put(`${PATH}.new`, 'old');
    disk.before = (operation) => {
      if (operation === 'remove') throw diskError('EIO');
    };
    expect(await codes([journal.replace(() => ['9\n'])])).toEqual([REFUSED]);
    expect([disk.text(PATH), disk.text(`${PATH}.new`)]).toEqual(['1\n', 'old']);
  });

  test('nothing is durable in a file whose name is not', async () => {
    const { disk, journal } = await openJournal({ text: '1\n' });
    disk.before = (operation) => {
      if (operation === 'syncFolder') throw diskError('EIO');
    };
    expect(await codes([journal.replace(() => ['9\n']), journal.append(2)])).toEqual([
      REFUSED,
      REFUSED,
    ]);
    disk.before = () => undefined;
    await journal.append(3);
    expect(disk.text(PATH)).toBe('9\n3\n');
  });
});

test('whatever fails, the file has the acknowledged records and no broken line', async () => {
  const fault = fc.constantFrom<'no' | 'ENOSPC' | 'EIO' | number>(
    'no',
    'no',
    'ENOSPC',
    'EIO',
    0,
    1,
    2,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fault, { maxLength: 60 }), async (faults) => {
      const { disk, journal } = await openJournal();
      let step = 0;
      disk.before = (operation) => {
        if (!['append', 'sync', 'truncate', 'size'].includes(operation)) return undefined;
        const what = faults[(step += 1) - 1] ?? 'no';
        if (typeof what === 'number') return operation === 'append' ? what : undefined;
        if (what !== 'no') throw diskError(what);
        return undefined;
      };
      const acknowledged: number[] = [];
      for (let number = 100; number < 120; number += 2) {
        await Promise.allSettled(
          [number, number + 1].map((each) =>
            journal.append(each).then(() => acknowledged.push(each)),
          ),
        );
      }
      disk.before = () => undefined;
      await journal.append(999);
      expect(disk.text(PATH)).toBe([...acknowledged, 999].map((each) => `${each}\n`).join(''));
    }),
    { numRuns: 300 },
  );
});
