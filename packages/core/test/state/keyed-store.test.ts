import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyedStore } from '../../src/state/keyed-store.js';
import { caught } from '../caught.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { FakeStateDisk, diskError } from './fake-state-disk.js';
import { Told } from './told.js';

const PATH = '/state/tenants.jsonl';

interface Opened {
  readonly store: KeyedStore;
  readonly told: Told;
  readonly log: MemoryLog;
}

async function openStore(disk: FakeStateDisk, maxPending?: number): Promise<Opened> {
  const [log, told] = [new MemoryLog(), new Told()];
  const store = await KeyedStore.open({ path: '/state' }, 'tenants', {
    clock: new ManualClock(),
    log,
    disk,
    listener: told,
    ...(maxPending === undefined ? {} : { maxPending }),
  });
  return { store, told, log };
}

const entriesOf = (store: KeyedStore): Record<string, unknown> =>
  Object.fromEntries(store.entries());
const reopened = async (disk: FakeStateDisk): Promise<unknown> =>
  entriesOf((await openStore(disk)).store);

describe('a keyed store', () => {
  test('has after a restart the last value of each key, and none of a deleted one', async () => {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk);
    await store.put('a', 1);
    await store.put('b', { deep: [null, 'x'] });
    await store.put('a', 2);
    await store.put('c', null);
    await store.put('d', 4);
    await store.delete('d');
    const expected = { a: 2, b: { deep: [null, 'x'] }, c: null };
    expect(entriesOf(store)).toEqual(expected);
    expect(await reopened(disk)).toEqual(expected);
  });

  test('begins anew, with all that is durable, where somebody took its file away', async () => {
    const disk = new FakeStateDisk();
    const { store, told } = await openStore(disk);
    await store.put('a', 1);
    await store.put('b', 2);
    disk.files.delete(PATH);
    await store.put('b', 3);
    expect(told.words).toEqual(['damaged TENANTRY_STATE_DAMAGED']);
    expect(await reopened(disk)).toEqual({ a: 1, b: 3 });
  });

  test('tries a disk that has refused with what is durable of a key', async () => {
    const disk = new FakeStateDisk();
    const { store, told } = await openStore(disk);
    await store.put('a', 1);
    disk.before = (operation) => {
      if (operation === 'append') throw diskError('ENOSPC');
    };
    await caught(() => store.put('a', 2));
    await caught(() => store.put('b', 2));
    await store.check();
    disk.before = () => undefined;
    await store.check();
    await store.check();
    expect(told.words).toEqual(['troubled TENANTRY_STATE_FAILED', 'recovered']);
    expect([entriesOf(store), await reopened(disk)]).toEqual([{ a: 1 }, { a: 1 }]);
  });

  test('writes several puts of one key that wait as one, the last', async () => {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk);
    await Promise.all([store.put('a', 1), store.put('b', 1), store.put('a', 2), store.delete('b')]);
    expect(disk.text(PATH).match(/\n/g)).toHaveLength(2);
    expect(disk.count('sync')).toBe(1);
    expect(await reopened(disk)).toEqual({ a: 2 });
  });

  test('writes a put that comes during a write once more', async () => {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk);
    let second: Promise<void> | undefined;
    disk.before = (operation) => {
      if (operation === 'sync') second ??= store.put('a', 2);
    };
    await store.put('a', 1);
    expect(entriesOf(store)).toEqual({ a: 1 });
    await second;
    expect(await reopened(disk)).toEqual({ a: 2 });
  });

  test('copies a value at once', async () => {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk);
    const value = { n: 1 };
    const put = store.put('a', value);
    value.n = 2;
    await put;
    expect([entriesOf(store), await reopened(disk)]).toEqual([{ a: { n: 1 } }, { a: { n: 1 } }]);
  });

  test('refuses what is no tenant id, no JSON or too large', async () => {
    const { store } = await openStore(new FakeStateDisk());
    const codeOf = async (key: string, value: unknown): Promise<string> =>
      (await caught(() => store.put(key, value))).code;
    expect(await codeOf('__proto__', 1)).toBe('TENANTRY_TENANT_ID_INVALID');
    expect(await codeOf('../x', 1)).toBe('TENANTRY_TENANT_ID_INVALID');
    expect(await codeOf('a', undefined)).toBe('TENANTRY_INTERNAL');
    expect(await codeOf('a', 1n)).toBe('TENANTRY_INTERNAL');
    expect(await codeOf('a', 'x'.repeat(65_536))).toBe('TENANTRY_INTERNAL');
    await store.put('a', 'x'.repeat(65_534));
  });

  test('of a value the disk refuses keeps the one before, and takes the next', async () => {
    const disk = new FakeStateDisk();
    const { store, told, log } = await openStore(disk);
    await store.put('a', 1);
    disk.before = (operation) => (operation === 'append' ? Promise.reject(diskError('EIO')) : 0);
    expect((await caught(() => store.put('a', 2))).code).toBe('TENANTRY_STATE_FAILED');
    expect(entriesOf(store)).toEqual({ a: 1 });
    disk.before = () => undefined;
    await store.put('a', 3);
    expect(await reopened(disk)).toEqual({ a: 3 });
    expect(told.words).toEqual(['troubled TENANTRY_STATE_FAILED', 'recovered']);
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  test('takes a key again that was refused because too many waited', async () => {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk, 1);
    const first = store.put('a', 1);
    expect((await caught(() => store.put('b', 1))).code).toBe('TENANTRY_STATE_FAILED');
    await first;
    await store.put('b', 2);
    expect(await reopened(disk)).toEqual({ a: 1, b: 2 });
  });
});

describe('compaction', () => {
  const text = 'x'.repeat(10_000);

  test('keeps a file of few values small, while it is written and at open', async () => {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk);
    for (let n = 0; n < 200; n += 1) {
      await store.put(`t${n % 3}`, { n, text });
      expect(disk.text(PATH).length).toBeLessThan(262_144 + 2 * 10_100);
    }
    await store.close();
    expect(await reopened(disk)).toMatchObject({ t0: { n: 198 }, t1: { n: 199 }, t2: { n: 197 } });
    expect(disk.operations.filter((line) => line.startsWith('rename'))).not.toEqual([]);
    expect(disk.names('/state')).toEqual([PATH]);
  });

  test('happens at open to a file that grew elsewhere', async () => {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk);
    await store.put('a', text);
    await store.close();
    disk.put(PATH, disk.text(PATH).repeat(40));
    const { told } = await openStore(disk);
    expect(disk.text(PATH).length).toBeLessThan(10_100);
    expect([told.words, disk.names('/state')]).toEqual([[], [PATH]]);
  });

  test('leaves a file alone most of which is live', async () => {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk);
    for (let n = 0; n < 60; n += 1) await store.put(`t${n % 20}`, { n, text });
    expect(disk.count('rename')).toBe(0);
  });

  test('is not begun by what is written while the store closes', async () => {
    const disk = new FakeStateDisk();
    const { store, log } = await openStore(disk);
    for (let n = 0; n < 26; n += 1) await store.put('a', { n, text });
    const last = store.put('a', { n: 26, text });
    await store.close();
    await last;
    expect([disk.count('rename'), log.lines]).toEqual([0, []]);
    expect(disk.text(PATH).length).toBeGreaterThan(262_144);
  });

  test('that fails loses nothing, is logged, and is not tried with every write', async () => {
    const disk = new FakeStateDisk();
    const { store, told, log } = await openStore(disk);
    let tries = 0;
    disk.before = (operation, path) => {
      if (operation !== 'append' || !path.includes('.new')) return;
      tries += 1;
      throw diskError('ENOSPC');
    };
    for (let n = 0; n < 60; n += 1) await store.put('a', { n, text });
    expect(tries).toBe(2);
    expect(log.lines.map(({ level, fields }) => [level, fields['code']])).toEqual(
      Array.from({ length: 2 }, () => ['warn', 'TENANTRY_STATE_FAILED']),
    );
    expect(told.words).toEqual([]);
    disk.before = () => undefined;
    expect(await reopened(disk)).toMatchObject({ a: { n: 59 } });
  });
});

describe('recovery', () => {
  const RECORDS = [
    ['a', { n: 1 }],
    ['b', 'ä\u{1F600}'],
    ['c', { key: 'x', sum: '0123456789abcdef' }],
    ['d', null],
  ] as const;

  async function whole(): Promise<Buffer> {
    const disk = new FakeStateDisk();
    const { store } = await openStore(disk);
    for (const [key, value] of RECORDS) await store.put(key, value);
    return disk.files.get(PATH)!.bytes;
  }

  const first = (count: number): object => Object.fromEntries(RECORDS.slice(0, count));

  test('of a file cut at any byte has every whole record, and goes on', async () => {
    const bytes = await whole();
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const disk = new FakeStateDisk();
      disk.put(PATH, bytes.subarray(0, cut));
      const { store, told } = await openStore(disk);
      // A record that lacks nothing but its newline is whole.
      const isOpenEnded = bytes[cut] === 0x0a;
      const count = bytes.subarray(0, cut).filter((byte) => byte === 0x0a).length;
      const expected = first(count + (isOpenEnded ? 1 : 0));
      expect(entriesOf(store)).toEqual(expected);
      await store.put('z', cut);
      expect(await reopened(disk)).toEqual({ ...expected, z: cut });
      expect([told.words, disk.names('/state')]).toEqual([[], [PATH]]);
    }
  });

  test('of a file with any flipped bit loses at most the record it is in, and keeps the file', async () => {
    const bytes = await whole();
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const disk = new FakeStateDisk();
      const hit = Buffer.from(bytes);
      hit[bit >> 3]! ^= 1 << (bit & 7);
      disk.put(PATH, hit);
      const { store, told } = await openStore(disk);
      const index = bytes.subarray(0, bit >> 3).filter((byte) => byte === 0x0a).length;
      const isNewline = bytes[bit >> 3] === 0x0a;
      const expected = Object.fromEntries(RECORDS.filter((_r, n) => isNewline || n !== index));
      expect(entriesOf(store)).toEqual(expected);
      await store.put('z', bit);
      expect(await reopened(disk)).toEqual({ ...expected, z: bit });
      const isTornEnd = bit >> 3 === bytes.length - 1;
      expect(told.words).toEqual(isTornEnd ? [] : ['damaged TENANTRY_STATE_DAMAGED']);
      const kept = disk.names('.damaged-').map((name) => disk.files.get(name)!.bytes);
      expect(kept).toEqual(isTornEnd ? [] : [hit]);
    }
  });

  test('of a file with a record twice has it once', async () => {
    const disk = new FakeStateDisk();
    const bytes = await whole();
    const line = bytes.subarray(0, bytes.indexOf(0x0a) + 1);
    disk.put(PATH, Buffer.concat([bytes, line, line]));
    const { store, told } = await openStore(disk);
    expect([entriesOf(store), told.words]).toEqual([first(4), []]);
  });

  test('of any bytes at all never throws', async () => {
    const bytes = await whole();
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constant(bytes),
      fc.tuple(fc.nat(bytes.length), fc.nat(60)).map(([from, n]) => bytes.subarray(from, from + n)),
      fc.constant(Buffer.from('\n')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
        const disk = new FakeStateDisk();
        disk.put(PATH, Buffer.concat(pieces));
        const { store } = await openStore(disk);
        await store.put('z', 1);
        expect(await reopened(disk)).toEqual(entriesOf(store));
      }),
      { numRuns: 300 },
    );
  });

  test('of a line longer than any value goes on behind it', async () => {
    const disk = new FakeStateDisk();
    const bytes = await whole();
    disk.put(PATH, Buffer.concat([Buffer.from(`${'x'.repeat(300_000)}\n`), bytes]));
    const { store, told } = await openStore(disk);
    expect([entriesOf(store), told.words]).toEqual([first(4), ['damaged TENANTRY_STATE_DAMAGED']]);
  });

  test('of a damaged file replaces it once both files survive a loss of power', async () => {
    const disk = new FakeStateDisk();
    disk.put(PATH, `rubbish\n${(await whole()).toString()}`);
    await openStore(disk);
    expect(disk.steps()).toEqual('link syncFolder remove append sync rename syncFolder'.split(' '));
  });

  test('of a damaged file leaves it in place until the readable rest is written', async () => {
    const disk = new FakeStateDisk();
    const hit = `rubbish\n${(await whole()).toString()}`;
    disk.put(PATH, hit);
    disk.before = (operation, path) => {
      if (operation === 'sync' && path.includes('.new')) throw diskError('EIO');
    };
    expect((await caught(() => openStore(disk))).code).toBe('TENANTRY_STATE_FAILED');
    expect(disk.text(PATH)).toBe(hit);
    expect(disk.count('close')).toBe(disk.count('open'));
  });
});
