import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Notice } from '../../src/vocabulary/notice.js';
import { caught } from '../caught.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { counting, moving } from '../pool/moving.js';

describe('a session that is moved', () => {
  test('goes on from its checkpoint, and its client keeps its end', async () => {
    const { session, move, to, outcomes } = await moving(counting());
    const { messages } = session;
    await session.send('a');
    expect((await messages.next()).value).toEqual(['a', 1]);
    expect(await move()).toEqual({
      kind: 'moved',
      gapMs: 0,
      from: { rung: 'coroutine', isolate: 'main' },
      rung: 'coroutine',
      isolate: 'main',
    });
    expect(session.messages).toBe(messages);
    await session.send('b');
    expect((await messages.next()).value).toEqual(['b', 2]);
    const outcome = await session.close();
    expect(outcome).toMatchObject({
      result: { count: 2, runs: 2 },
      moves: 1,
      messagesIn: 2,
      messagesOut: 2,
    });
    expect([outcomes, to.released]).toEqual([[outcome], 1]);
  });

  test('has a gap from its hand-over to its entry, not from the request', async () => {
    const work = gate();
    const { session, move, to, clock } = await moving(counting(() => work.promise));
    to.gate = gate();
    await session.send('a');
    await turns();
    const moved = move();
    await turns();
    clock.advance(300);
    work.open();
    await turns();
    clock.advance(40);
    to.gate.open();
    expect(await moved).toMatchObject({ kind: 'moved', gapMs: 40 });
  });

  test('refuses nothing that its client sends meanwhile, and keeps its bounds', async () => {
    const limits = { highWaterMessages: 2, maxWaitingMessages: 2 };
    const { session, move, to } = await moving(counting(), limits);
    to.gate = gate();
    const moved = move();
    await turns();
    let admitted = 0;
    for (const text of ['a', 'b']) void session.send(text).then(() => (admitted += 1));
    await turns();
    expect(admitted).toBe(0);
    expect((await caught(() => session.send('c'))).code).toBe('TENANTRY_CHANNEL_OVERFLOW');
    to.gate.open();
    await moved;
    await turns();
    expect(admitted).toBe(2);
    await session.close();
    const seen: unknown[] = [];
    for await (const answer of session.messages) seen.push(answer);
    expect(seen).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  test('is given in its new place the notices that came on the way', async () => {
    const heard: Notice[] = [];
    const run = counting();
    const { session, move, to } = await moving((one) => {
      one.onNotice((notice) => heard.push(notice));
      return run(one);
    });
    to.gate = gate();
    const moved = move();
    await turns();
    const notice = { leftMs: 5, used: null, limit: null, detail: 'soon' } as const;
    session.notice({ reason: 'drained', ...notice });
    expect(heard).toEqual([]);
    to.gate.open();
    await moved;
    expect(heard).toEqual([{ reason: 'drained', ...notice }]);
  });

  test('that is cancelled on the way ends at once, and its new run is for nobody', async () => {
    const { session, move, to, outcomes } = await moving(counting());
    to.gate = gate();
    const moved = move();
    await turns();
    expect(await session.cancel('enough')).toMatchObject({ reason: 'cancelled' });
    to.gate.open();
    await moved;
    await turns();
    expect(outcomes).toHaveLength(1);
    expect(to.records()[0]?.report?.sessions).toEqual([]);
    expect((await session.messages.next()).done).toBe(true);
  });

  test('that is closed on the way ends when its new run has answered everything', async () => {
    const { session, move, to } = await moving(counting());
    to.gate = gate();
    const moved = move();
    await turns();
    void session.send('a');
    const closed = session.close();
    expect((await caught(() => session.send('b'))).message).toContain('was closed by its client');
    await turns();
    to.gate.open();
    expect(await moved).toMatchObject({ kind: 'moved' });
    expect(await closed).toMatchObject({ reason: 'completed', result: { count: 1, runs: 2 } });
  });

  test('goes back where it was when its new place refuses it after all', async () => {
    const { session, move, from, to } = await moving(counting());
    await session.send('a');
    await session.messages.next();
    to.startError = new Error('no room');
    expect(await move()).toEqual({ kind: 'not-moved', why: 'placement', error: to.startError });
    expect(from.started).toHaveLength(2);
    await session.send('b');
    expect((await session.messages.next()).value).toEqual(['b', 2]);
    expect(await session.close()).toMatchObject({ moves: 0, result: { count: 2, runs: 2 } });
  });

  test('fails with the cause when it cannot go back either', async () => {
    const { session, move, from, to } = await moving(counting());
    to.startError = new Error('no room');
    from.startError = new Error('no way back');
    expect(await move()).toMatchObject({ kind: 'not-moved', why: 'placement' });
    expect(await session.done).toMatchObject({ reason: 'failed', error: from.startError });
    expect((await session.messages.next()).done).toBe(true);
  });
});

describe('a session that is not moved', () => {
  test('is one whose agent has pinned it, also while a move of it waits', async () => {
    const work = gate();
    const { session, move, from } = await moving(async (inner) => {
      await inner.checkpoint({});
      void inner.resumed;
      for await (const message of inner.messages) {
        await work.promise;
        inner.pin();
        await inner.send(message);
      }
      return 'here';
    });
    await session.send('a');
    await turns();
    const waiting = move();
    await turns();
    // Held back until it is known where it goes on.
    const sent = session.send('b');
    work.open();
    expect(await waiting).toEqual({ kind: 'not-moved', why: 'not-carryable' });
    await sent;
    expect(await move()).toEqual({ kind: 'not-moved', why: 'not-carryable' });
    expect([(await session.messages.next()).value, (await session.messages.next()).value]).toEqual([
      'a',
      'b',
    ]);
    expect(await session.close()).toMatchObject({ result: 'here', moves: 0 });
    expect(from.started).toHaveLength(1);
  });

  test('is not disturbed where its new place cannot be prepared', async () => {
    const { session, move, from, to } = await moving(counting());
    to.prepareError = new Error('no room');
    expect(await move()).toEqual({ kind: 'not-moved', why: 'placement', error: to.prepareError });
    expect(from.started).toHaveLength(1);
    expect(await session.close()).toMatchObject({ moves: 0, result: { runs: 1 } });
  });

  test('is not disturbed where its agent has made its input one that cannot be carried', async () => {
    const run = counting();
    const { session, move, from } = await moving(
      (one) => {
        (one.input as Record<string, unknown>)['callback'] = () => {};
        return run(one);
      },
      {},
      { input: {} },
    );
    expect(await move()).toMatchObject({
      kind: 'not-moved',
      why: 'placement',
      error: { name: 'DataCloneError' },
    });
    expect(from.started).toHaveLength(1);
    expect(await session.close()).toMatchObject({ result: { runs: 1 } });
  });

  test('goes on as if nothing had happened when its deadline passes', async () => {
    const work = gate();
    const { session, move, to, clock } = await moving(counting(() => work.promise));
    void session.send('a');
    void session.send('b');
    await turns();
    const moved = move(to, 50);
    await turns();
    clock.advance(50);
    expect(await moved).toEqual({ kind: 'not-moved', why: 'deadline' });
    expect(to.released).toBe(1);
    work.open();
    expect(await session.close()).toMatchObject({ result: { count: 2, runs: 1 } });
    expect(clock.armedCount).toBe(0);
  });

  test('turns back where it is to go elsewhere, at whatever point short of its hand-over', async () => {
    const work = gate();
    const { session, move, from, to, clock } = await moving(counting(() => work.promise));
    void session.send('a');
    await turns();
    const asked = move();
    session.turnBack();
    expect(await asked).toEqual({ kind: 'not-moved', why: 'moving' });
    const waiting = move();
    await turns();
    expect(session.moving).toBeDefined();
    session.turnBack();
    expect(await waiting).toEqual({ kind: 'not-moved', why: 'moving' });
    expect([session.moving, to.released, from.started.length]).toEqual([undefined, 2, 1]);
    session.turnBack();
    work.open();
    expect(await move()).toMatchObject({ kind: 'moved' });
    expect(await session.close()).toMatchObject({ result: { count: 1, runs: 2 } });
    expect(clock.armedCount).toBe(0);
  });

  test('ends with its own reason where its time runs out first', async () => {
    const work = gate();
    const { session, move, clock } = await moving(
      counting(() => work.promise),
      {},
      {
        maxDurationMs: 80,
      },
    );
    void session.send('a');
    await turns();
    const moved = move();
    await turns();
    clock.advance(80);
    expect(await moved).toEqual({ kind: 'not-moved', why: 'ended' });
    work.open();
    expect((await session.done).reason).toBe('timed-out');
  });
});

test('moved however often and whenever, it says what an unmoved one would have said', async () => {
  const step = fc.constantFrom('send', 'send', 'read', 'move', 'back', 'turn', 'burst');
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
      async (steps, highWaterMessages, pauses) => {
        let consumed = 0;
        const pause = (): Promise<void> | void =>
          pauses[consumed++ % pauses.length] === true ? turns() : undefined;
        const { session, move, from, to, clock } = await moving(counting(pause), {
          highWaterMessages,
        });
        let sent = 0;
        const answers: unknown[] = [];
        const moves: Promise<unknown>[] = [];
        const sends: Promise<void>[] = [];
        for (const one of steps) {
          if (one === 'send') sends.push(session.send(sent++));
          if (one === 'burst') for (let n = 0; n < 6; n += 1) sends.push(session.send(sent++));
          if (one === 'read') {
            void session.messages.next().then(({ value, done }) => {
              if (done !== true) answers.push(value);
            });
          }
          if (one === 'move') moves.push(move(moves.length % 2 === 0 ? to : from));
          if (one === 'back') session.turnBack();
          if (one === 'turn') await turns();
        }
        const closed = session.close();
        const reading = (async () => {
          for await (const answer of session.messages) answers.push(answer);
        })();
        const outcome = await closed;
        await Promise.all([...sends, ...moves, reading]);
        expect(answers).toEqual(Array.from({ length: sent }, (_, index) => [index, index + 1]));
        expect(outcome).toMatchObject({
          reason: 'completed',
          messagesIn: sent,
          messagesOut: sent,
          result: { count: sent, runs: outcome.moves + 1 },
        });
        expect(clock.armedCount).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});
