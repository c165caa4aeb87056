import { describe, expect, test } from '@jest/globals';
import type { JobDocument } from '../../src/jobs/job.js';
import type { JobEnd } from '../../src/jobs/next-step.js';
import { caught } from '../caught.js';
import { FakeStateDisk, diskError } from '../state/fake-state-disk.js';
import { until } from '../until.js';
import { PATH, ended, testDesk } from './test-desk.js';

const never = new Promise<JobEnd>(() => {});

/** One job that is done, one dead letter, one that runs, one that waits; in the order of their records. */
async function written(): Promise<Buffer> {
  const disk = new FakeStateDisk();
  const { desk, book } = await testDesk(
    disk,
    ({ agent }) => (agent === 'runs' ? never : ended(agent === 'fails' ? 'failed' : 'completed')),
    { retry: { maxAttempts: 1 } },
  );
  const submit = async (agent: string, delayMs = 0): Promise<string> =>
    (await desk.submit({ tenant: 'a', agent, input: { agent }, delayMs })).id;
  await desk.settled(await submit('does'));
  await desk.settled(await submit('fails'));
  const runs = await submit('runs');
  await until('it runs', () => book.find(runs)!.doc.state === 'running');
  await submit('waits', 60_000);
  return disk.files.get(PATH)!.bytes;
}

/** By job, the state that each whole record of the lines before `bytes` says. */
function statesIn(lines: readonly string[]): Map<string, JobDocument['state']> {
  const states = new Map<string, JobDocument['state']>();
  for (const line of lines) {
    const { key, value } = JSON.parse(line) as { key: string; value: JobDocument };
    states.set(key, value.state);
  }
  return states;
}

const linesOf = (bytes: Uint8Array): string[] => Buffer.from(bytes).toString().split('\n');

/** What a desk makes of the file: the state of each job before any runs, and who says it was cut off. */
async function takenUp(bytes: Uint8Array): Promise<{
  readonly states: Map<string, string>;
  readonly interrupted: ReadonlyMap<string, boolean>;
  readonly isDamaged: boolean;
}> {
  const disk = new FakeStateDisk();
  disk.put(PATH, bytes);
  const { book, store, clock, entered } = await testDesk(disk, () => never);
  const states = new Map([...book.all()].map(({ id, doc }) => [id, doc.state]));
  const open = [...states].filter(([, state]) => state !== 'done' && state !== 'dead_letter');
  await until('every open job is entered, or has failed for good', () => {
    clock.advance(60_000);
    return open.every(
      ([id]) =>
        entered.some(({ job }) => job.id === id) || book.find(id)!.doc.state === 'dead_letter',
    );
  });
  const interrupted = new Map(entered.map(({ job }) => [job.id, job.interrupted]));
  return { states, interrupted, isDamaged: store.wasDamaged };
}

describe('a file of jobs', () => {
  test('that is cut at any byte has every whole record; what ran is said to be cut off', async () => {
    const bytes = await written();
    const lines = linesOf(bytes).slice(0, -1);
    expect(lines).toHaveLength(9);
    // Every byte of the last records, and every seventh of the others: they are alike.
    for (let cut = 0; cut <= bytes.length; cut += cut > bytes.length - 700 ? 1 : 7) {
      const whole = linesOf(bytes.subarray(0, cut));
      const last = whole.pop()!;
      if (last.endsWith('"}') && lines.includes(last)) whole.push(last);
      const { states, interrupted, isDamaged } = await takenUp(bytes.subarray(0, cut));
      expect(states).toEqual(statesIn(whole));
      for (const [id, isInterrupted] of interrupted) {
        expect(isInterrupted).toBe(states.get(id) === 'running');
      }
      expect(isDamaged).toBe(false);
    }
  });

  test('with any flipped bit loses one record at most, and runs nothing again without saying so', async () => {
    const bytes = await written();
    const lines = linesOf(bytes).slice(0, -1);
    for (let bit = 0; bit < bytes.length * 8; bit += 37) {
      const hit = Buffer.from(bytes);
      hit[bit >> 3]! ^= 1 << (bit & 7);
      const index = bytes.subarray(0, bit >> 3).filter((byte) => byte === 0x0a).length;
      const isNewline = bytes[bit >> 3] === 0x0a;
      const { states, interrupted, isDamaged } = await takenUp(hit);
      expect(states).toEqual(statesIn(lines.filter((_line, n) => isNewline || n !== index)));
      if (isDamaged) expect([...interrupted.values()].every(Boolean)).toBe(true);
      else expect(bit >> 3).toBe(bytes.length - 1);
    }
  });
});

describe('a disk that refuses', () => {
  const full = (operation: string): unknown =>
    operation === 'append' ? Promise.reject(diskError('ENOSPC')) : undefined;

  test('a submission leaves no job, and takes the next one when it has room again', async () => {
    const disk = new FakeStateDisk();
    const { desk, book, entered } = await testDesk(disk, () => ended('completed'));
    disk.before = full;
    const refused = await caught(() =>
      desk.submit({ tenant: 'a', agent: 'does', idempotencyKey: 'k' }),
    );
    expect(refused).toMatchObject({ code: 'TENANTRY_STATE_FAILED', retryable: true });
    expect([[...book.all()], entered, book.isSound]).toEqual([[], [], false]);
    disk.before = () => undefined;
    const { id } = await desk.submit({ tenant: 'a', agent: 'does', idempotencyKey: 'k' });
    expect(await desk.settled(id)).toMatchObject({ state: 'done' });
    expect(book.isSound).toBe(true);
  });

  test('that an attempt begins keeps the agent from being entered', async () => {
    const disk = new FakeStateDisk();
    const { desk, book, clock, entered } = await testDesk(disk, () => ended('completed'));
    const { id } = await desk.submit({ tenant: 'a', agent: 'does', delayMs: 1_000 });
    disk.before = full;
    clock.advance(1_001);
    await until('it is refused', () => book.find(id)!.heldBy === 'TENANTRY_STATE_FAILED');
    expect(entered).toEqual([]);
    disk.before = () => undefined;
    clock.advance(2_000);
    expect(await desk.settled(id)).toMatchObject({ state: 'done', attemptCount: 1 });
  });

  test('a result is asked again until it takes it; done is told only then', async () => {
    const disk = new FakeStateDisk();
    const { desk, book, clock } = await testDesk(disk, () => {
      disk.before = full;
      return ended('completed', { result: 42 });
    });
    const { id } = await desk.submit({ tenant: 'a', agent: 'does' });
    await until('the disk has refused', () => !book.isSound);
    expect(book.find(id)!.doc.state).toBe('running');
    disk.before = () => undefined;
    const settled = desk.settled(id);
    await until('it has asked again', () => {
      clock.advance(1_000);
      return book.isSound;
    });
    expect(await settled).toMatchObject({ state: 'done', result: 42 });
  });
});

test('ten thousand jobs leave a file and a memory of what is kept only', async () => {
  const disk = new FakeStateDisk();
  const { desk, book, store } = await testDesk(disk, () => ended('completed', { result: 'ok' }), {
    maxDone: 50,
    maxRunning: 200,
    maxRunningPerTenant: 200,
  });
  let largestBytes = 0;
  for (let round = 0; round < 100; round += 1) {
    const jobs = Array.from({ length: 100 }, (_none, n) =>
      desk.submit({ tenant: `t${n % 7}`, agent: 'does', input: 'x'.repeat(200) }),
    );
    await Promise.all(jobs.map(async (job) => desk.settled((await job).id).catch(() => {})));
    largestBytes = Math.max(largestBytes, disk.files.get(PATH)!.bytes.length);
  }
  expect([...book.all()]).toHaveLength(50);
  await until('what is gone is gone from the disk', () => store.storedBytes < 100_000);
  // Four times what is live, or 256 KiB, and the batches that were on their way.
  expect(largestBytes).toBeLessThan(1_048_576);
});
