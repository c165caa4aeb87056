/** A live session moved from each rung to each other one: nothing lost, nothing twice, nobody told. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { AgentPool, MoveResult, RuntimeEvent, SessionHandle } from '@tenantry/core';
import { onThisMachine } from '../support/machine.js';
import {
  RUNGS,
  closePools,
  next,
  on,
  rejection,
  startPool,
  until,
  type RungUnderTest,
} from '../support/rungs.js';

afterEach(closePools);

interface Answer {
  readonly message: unknown;
  readonly count: number;
  readonly answer: number;
  readonly runs: number;
}

const PATHS = RUNGS.flatMap((from) =>
  RUNGS.filter((to) => to !== from).map((to) => [from, to] as const),
);

function move(
  pool: AgentPool,
  session: SessionHandle,
  to: RungUnderTest,
  deadlineMs = 20_000,
): Promise<MoveResult> {
  const { isolation = 'coroutine', isolate = 'worker_threads' } = on(to);
  return pool.moveSession(session.id, { isolation, isolate, deadlineMs });
}

/** Begins on a rung, and may be moved to any. */
const anywhere = (from: RungUnderTest) => ({
  ...on(from),
  escalation: { floor: 'coroutine' as const },
});

/** A session of the agent that can be moved, and an isolate of its tenant where it is to go. */
async function carried(
  from: RungUnderTest,
  input: object = {},
  options: object = {},
  to?: RungUnderTest,
) {
  const events: RuntimeEvent[] = [];
  const observers = [{ onRuntimeEvent: (event: RuntimeEvent) => void events.push(event) }];
  const pool = await startPool({ tenants: { acme: anywhere(from) }, observers, ...options });
  if (to !== undefined) {
    const first = await pool.open({ tenant: 'acme', agent: 'carries' });
    await move(pool, first, to);
    await first.close();
  }
  const session = await pool.open({ tenant: 'acme', agent: 'carries', input });
  return { pool, session, events };
}

/** Everything the agent sends, as it comes in. */
function collecting(session: SessionHandle): Answer[] {
  const answers: Answer[] = [];
  void (async () => {
    for await (const answer of session.messages) answers.push(answer as Answer);
  })();
  return answers;
}

const whatIsSaid = (answers: readonly Answer[]): unknown[] =>
  answers.map(({ message, count, answer }) => [message, count, answer]);

const unmoved = (count: number, answers = 1): unknown[] =>
  Array.from({ length: count * answers }, (_, index) => {
    const message = Math.floor(index / answers);
    return [message, message + 1, index % answers];
  });

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(PATHS)('a session moved from %s to %s', (from, to) => {
  test('under a stream both ways gives what an unmoved one would have given', async () => {
    const { pool, session, events } = await carried(from, { answers: 3 }, {}, to);
    const answers = collecting(session);
    const count = 300;
    const sending = (async () => {
      for (let number = 0; number < count; number += 1) {
        await session.send(number);
        if (number % 3 === 0) await sleep(1);
      }
    })();
    await until('it is under way', () => answers.length > 30);
    const there = await move(pool, session, to);
    expect(there).toMatchObject({ kind: 'moved', rung: to, from: { rung: from } });
    const { sessions } = await pool.snapshot();
    expect(sessions[0]).toMatchObject({ session: session.id, rung: to });
    const back = await move(pool, session, from);
    expect(back).toMatchObject({ kind: 'moved', rung: from, from: { rung: to } });
    await sending;
    const outcome = await session.close();
    expect(outcome).toMatchObject({
      reason: 'completed',
      moves: 2,
      isolation: from,
      messagesIn: count,
      messagesOut: count * 3,
      result: {
        runs: 3,
        count,
        messageCount: count,
        seen: Array.from({ length: count }, (_, number) => number),
      },
    });
    await until('all has come', () => answers.length >= count * 3);
    expect(whatIsSaid(answers)).toEqual(unmoved(count, 3));
    expect(new Set(answers.map(({ runs }) => runs)).size).toBeGreaterThan(1);
    const ofThis = events.filter((event) => 'session' in event && event.session === session.id);
    expect(ofThis.filter(({ kind }) => kind === 'session.moved')).toHaveLength(2);
    expect(events.filter(({ kind }) => kind === 'session.stray-error')).toEqual([]);
  });

  test('in the middle of a message finishes that message where it began it', async () => {
    const { pool, session } = await carried(from, { workMs: 60 }, {}, to);
    for (let number = 0; number < 4; number += 1) await session.send(number);
    await sleep(20);
    expect(await move(pool, session, to)).toMatchObject({ kind: 'moved', rung: to });
    const answers: Answer[] = [];
    for (let number = 0; number < 4; number += 1) answers.push((await next(session)) as Answer);
    expect(answers.map(({ message, count }) => [message, count])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(answers.at(0)?.runs).toBe(1);
    expect(answers.at(-1)?.runs).toBe(2);
  });

  test('while its client’s sends wait for credit keeps their order', async () => {
    const { pool, session } = await carried(
      from,
      { workMs: 2 },
      { messages: { highWaterMessages: 4 } },
      to,
    );
    const count = 60;
    const sends = Array.from({ length: count }, (_, number) => session.send(number));
    const answers = collecting(session);
    await until('it is under way', () => answers.length > 3);
    const { sessions } = await pool.snapshot();
    expect(sessions[0]?.queuedIn).toBeGreaterThan(4);
    expect(await move(pool, session, to)).toMatchObject({ kind: 'moved' });
    await Promise.all(sends);
    await session.close();
    await until('all has come', () => answers.length >= count);
    expect(whatIsSaid(answers)).toEqual(unmoved(count));
  });

  test('whose client does not read takes what waits for credit along, in order', async () => {
    const messages = { highWaterMessages: 4 };
    const { pool, session } = await carried(from, { answers: 20 }, { messages }, to);
    await session.send(0);
    await sleep(50);
    // Its answers wait for a reader: no safe point until they have gone.
    const moving = move(pool, session, to);
    await sleep(20);
    const answers = collecting(session);
    expect(await moving).toMatchObject({ kind: 'moved' });
    await session.send(1);
    await session.close();
    await until('all has come', () => answers.length >= 40);
    expect(whatIsSaid(answers)).toEqual(unmoved(2, 20));
  });

  test('carries buffers that were handed over', async () => {
    const { pool, session } = await carried(from, { workMs: 40 }, {}, to);
    await session.send('first');
    const samples = [1, 2, 3].map((value) => new Uint8Array([value, value]));
    for (const one of samples) await session.send({ one }, { transfer: [one.buffer] });
    await sleep(10);
    expect(await move(pool, session, to)).toMatchObject({ kind: 'moved' });
    expect(await next(session)).toMatchObject({ message: 'first', runs: 1 });
    for (const value of [1, 2, 3]) {
      const { message } = (await next(session)) as Answer;
      expect(message).toEqual({ one: new Uint8Array([value, value]) });
    }
  });

  test('stays where it is when no checkpoint comes in time, and loses nothing', async () => {
    const { pool, session } = await carried(from, { checkpoints: 'once' }, {}, to);
    const answers = collecting(session);
    await session.send(0);
    await until('it has answered', () => answers.length === 1);
    const moving = move(pool, session, to, 80);
    await sleep(20);
    await session.send(1);
    expect(await moving).toEqual({ kind: 'not-moved', why: 'deadline' });
    await session.send(2);
    expect((await session.close()).result).toMatchObject({ runs: 1, count: 3 });
    await until('all has come', () => answers.length >= 3);
    expect(whatIsSaid(answers)).toEqual(unmoved(3));
  });

  test('that its client closes meanwhile ends well, with every message answered', async () => {
    const { pool, session } = await carried(from, { workMs: 30 }, {}, to);
    const answers = collecting(session);
    for (let number = 0; number < 3; number += 1) await session.send(number);
    const moving = move(pool, session, to);
    // A place that has to boot is prepared for longer; both ways of closing are met.
    const closing = sleep(10).then(() => session.close());
    const result = await moving;
    expect(['moved', 'not-moved']).toContain(result.kind);
    expect(await closing).toMatchObject({ reason: 'completed', result: { count: 3 } });
    await until('all has come', () => answers.length >= 3);
    expect(whatIsSaid(answers)).toEqual(unmoved(3));
    expect((await rejection(session.send('late'))).code).toBe('TENANTRY_SESSION_ENDED');
  });

  test('that its client cancels meanwhile ends with that', async () => {
    const { pool, session } = await carried(from, { workMs: 30 }, {}, to);
    await session.send(0);
    const moving = move(pool, session, to);
    await sleep(10);
    expect((await session.cancel()).reason).toBe('cancelled');
    const result = await moving;
    expect(result).toEqual({ kind: 'not-moved', why: 'ended' });
    expect((await pool.snapshot()).sessions).toEqual([]);
  });

  test('ends its old code with a coded reason, and lets it finish', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tenantry-moved-'));
    try {
      const file = join(folder, 'marks');
      const pool = await startPool({
        tenants: { acme: { ...anywhere(from), isolateScope: 'session' } },
      });
      const session = await pool.open({
        tenant: 'acme',
        agent: 'finishes-when-moved',
        input: file,
      });
      await session.send('hello');
      expect(await next(session)).toBe('hello');
      // It has consumed and sent since its only checkpoint, so it is not moved.
      expect(await move(pool, session, to, 30)).toMatchObject({ why: 'deadline' });
      const fresh = await pool.open({ tenant: 'acme', agent: 'finishes-when-moved', input: file });
      expect(await move(pool, fresh, to)).toMatchObject({ kind: 'moved' });
      expect(await next(fresh)).toBe('here again');
      const marks = (): Promise<string> => readFile(file, 'utf8').catch(() => '');
      await until('the old code has finished', async () => (await marks()).includes('finally'));
      const code = 'TENANTRY_SESSION_MOVED';
      expect(await marks()).toBe(`${code} ${code} ${code}\nfinally\n`);
      await until('it is no ghost', async () => (await pool.snapshot()).totals.ghosts === 0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe.each(RUNGS)('a session on the rung %s is not moved', (rung) => {
  const to = rung === 'thread' ? 'process' : 'thread';

  test.each([
    ['says nothing of being moved', { ignoresResumed: true }],
    ['has not checkpointed', { checkpoints: 'never' }],
  ])('when its agent %s', async (_what, input) => {
    const { pool, session } = await carried(rung, input);
    expect(await move(pool, session, to)).toEqual({ kind: 'not-moved', why: 'not-carryable' });
    await session.send(0);
    expect(await next(session)).toMatchObject({ message: 0, runs: 1 });
  });

  test('when it has ended', async () => {
    const { pool, session } = await carried(rung);
    await session.close();
    expect(await move(pool, session, to)).toEqual({ kind: 'not-moved', why: 'ended' });
  });

  test('twice at once', async () => {
    const { pool, session } = await carried(rung);
    const [first, second] = await Promise.all([move(pool, session, to), move(pool, session, to)]);
    expect([first.kind, second]).toEqual(['moved', { kind: 'not-moved', why: 'moving' }]);
  });

  test('when its new place cannot be made, and goes on', async () => {
    const { pool, session } = await carried(rung, {}, { isolateOptions: { maxIsolates: 1 } });
    // The only isolate is its own, or another tenant's.
    if (rung === 'coroutine') {
      const { isolation, isolate } = on('thread');
      const other = await pool.open({ tenant: 'other', agent: 'carries' });
      await pool.moveSession(other.id, {
        isolation: isolation!,
        isolate: isolate!,
        deadlineMs: 1_000,
      });
    }
    const result = await move(pool, session, to);
    expect(result).toMatchObject({
      kind: 'not-moved',
      why: 'placement',
      error: { code: 'TENANTRY_ISOLATE_LIMIT' },
    });
    await session.send(0);
    expect(await next(session)).toMatchObject({ message: 0, count: 1, runs: 1 });
  });
});

test('a session whose place dies before its safe point ends with that, and is not moved', async () => {
  const { pool, session } = await carried('process', { workMs: 60_000 }, {}, 'thread');
  await session.send(0);
  const moving = move(pool, session, 'thread');
  await sleep(50);
  const { isolates } = await pool.snapshot();
  const { pid } = isolates.find(({ rung, sessions }) => rung === 'process' && sessions === 1)!;
  process.kill(pid!, 'SIGKILL');
  expect(await moving).toEqual({ kind: 'not-moved', why: 'ended' });
  expect((await session.done).reason).toBe('isolate-crashed');
});

test('a session whose new place dies at the hand-over goes on where it was', async () => {
  const { pool, session } = await carried('coroutine', { workMs: 100 }, {}, 'process');
  await session.send(0);
  const moving = move(pool, session, 'process');
  await sleep(30);
  const { isolates } = await pool.snapshot();
  const { pid } = isolates.find(({ rung }) => rung === 'process')!;
  process.kill(pid!, 'SIGKILL');
  expect(await moving).toMatchObject({ kind: 'not-moved', why: 'placement' });
  await session.send(1);
  expect((await session.close()).result).toMatchObject({ count: 2, seen: [0, 1] });
  const answers: Answer[] = [];
  for await (const answer of session.messages) answers.push(answer as Answer);
  expect(whatIsSaid(answers)).toEqual(unmoved(2));
});

test('a session that is moved keeps its deadline and adds up what it has cost', async () => {
  const { pool, session } = await carried(
    'coroutine',
    {},
    { tenants: { acme: { maxDurationMs: 1_500 } }, enableIntrospection: true },
  );
  await session.send(0);
  await next(session);
  await move(pool, session, 'thread');
  const outcome = await session.done;
  expect(outcome).toMatchObject({ reason: 'timed-out', isolation: 'thread', moves: 1 });
  expect(outcome.durationMs).toBeLessThan(await onThisMachine(2_500));
  expect(outcome.cpuMs).toBeGreaterThan(0);
});
