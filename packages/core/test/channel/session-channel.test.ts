import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MessageLimits } from '../../src/channel/message-limits.js';
import { JoinedEnds } from '../../src/channel/session-channel.js';
import { turns } from '../turns.js';

const ends = (limits: Parameters<typeof MessageLimits.parse>[0]): JoinedEnds =>
  new JoinedEnds(MessageLimits.parse(limits), () => 0);

async function readAll(inbox: AsyncIterable<unknown>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const value of inbox) seen.push(value);
  return seen;
}

describe('two joined ends', () => {
  test('carry a message in the turn it was sent', () => {
    const { client, agent } = ends({});
    void client.outbox.offer('hello');
    expect(agent.inbox.queuedCount).toBe(1);
    void agent.outbox.offer('hi');
    expect(client.inbox.queuedCount).toBe(1);
  });

  test('let a sender go on as its reader consumes', async () => {
    const { client, agent } = ends({ highWaterMessages: 4 });
    const sending = (async () => {
      for (let index = 0; index < 1_000; index += 1) await client.outbox.offer(index);
      agent.inbox.close();
    })();
    await turns();
    expect(agent.inbox.queuedCount).toBe(4);
    const seen = await readAll(agent.inbox);
    await sending;
    expect(seen).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
  });

  test('a reader that reads ahead gets what waited once and in its order', async () => {
    const { client, agent } = ends({ highWaterMessages: 2 });
    for (let index = 0; index < 20; index += 1) void agent.outbox.offer(index);
    client.inbox.readAhead(10);
    expect(client.inbox.queuedCount).toBe(12);
    agent.outbox.flush();
    client.inbox.close();
    expect(await readAll(client.inbox)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect([agent.outbox.sentCount, agent.outbox.queuedCount]).toEqual([20, 0]);
  });

  test('lose nothing and repeat nothing under any schedule', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.constant('send' as const) },
      { weight: 4, arbitrary: fc.constant('read' as const) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('turn' as const, 'read-ahead' as const, 'flush' as const),
      },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 80 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 64, max: 200 }),
        async (steps, highWaterMessages, highWaterBytes) => {
          const { client, agent } = ends({ highWaterMessages, highWaterBytes });
          const sends: Promise<void>[] = [];
          const reads: Promise<IteratorResult<unknown, undefined>>[] = [];
          let sent = 0;
          for (const one of steps) {
            if (one === 'send')
              sends.push(
                client.outbox.offer(`${sent++} ${'x'.repeat(sent % 50)}`) ?? Promise.resolve(),
              );
            else if (one === 'read') reads.push(agent.inbox.next());
            else if (one === 'flush') client.outbox.flush();
            else if (one === 'read-ahead') agent.inbox.readAhead(3);
            else await turns();
          }
          client.outbox.close(() => new Error('closed'));
          agent.inbox.close();
          const early = (await Promise.all(reads)).filter(({ done }) => done !== true);
          const seen = [...early.map(({ value }) => value), ...(await readAll(agent.inbox))];
          await Promise.all(sends);
          expect(seen.map((text) => Number.parseInt(String(text), 10))).toEqual(
            Array.from({ length: sent }, (_, index) => index),
          );
          expect(client.outbox.queuedCount).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('message limits', () => {
  test('have the defaults the README names', () => {
    expect(MessageLimits.parse({})).toEqual({
      maxMessageBytes: 1_048_576,
      maxMessageDepth: 100,
      highWaterMessages: 64,
      highWaterBytes: 1_048_576,
      maxWaitingMessages: 1_024,
      maxWaitingBytes: 8_388_608,
    });
  });
});
