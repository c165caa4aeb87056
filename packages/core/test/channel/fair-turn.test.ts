import { describe, expect, test } from '@jest/globals';
import { passedOn, turnIsOver } from '../../src/channel/fair-turn.js';
import { JoinedEnds } from '../../src/channel/session-channel.js';
import { MessageLimits } from '../../src/channel/message-limits.js';
import { turns } from '../turns.js';

describe('a turn of the loop', () => {
  test('passes 256 messages on, and lets the next turn begin with as many', async () => {
    await turns(2);
    for (let count = 1; count < 256; count += 1) expect(passedOn()).toBeUndefined();
    const wait = passedOn();
    expect(wait).toBeInstanceOf(Promise);
    expect(turnIsOver()).toBe(wait);
    await wait;
    expect(turnIsOver()).toBeUndefined();
    expect(passedOn()).toBeUndefined();
  });

  test.each([
    ['read as fast as they are sent', 65_536],
    ['that wait for room', 4],
  ])('comes to others between messages %s', async (_what, highWaterMessages) => {
    const limits = MessageLimits.parse({ highWaterMessages });
    const { client, agent } = new JoinedEnds(limits, () => 0);
    let others = 0;
    const state = { isOver: false };
    const asking = (async () => {
      while (!state.isOver) {
        others += 1;
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    const sending = (async () => {
      for (let count = 0; count < 5_000; count += 1) await client.outbox.offer({ count });
    })();
    const read: unknown[] = [];
    while (read.length < 5_000) read.push((await agent.inbox.next()).value);
    await sending;
    state.isOver = true;
    await asking;
    expect(read).toEqual(Array.from({ length: 5_000 }, (_, count) => ({ count })));
    expect(others).toBeGreaterThanOrEqual(10);
  });
});
