import { describe, expect, test } from '@jest/globals';
import { caught } from '../caught.js';
import { gate } from '../gate.js';
import { turns } from '../turns.js';
import { hosting } from './hosting.js';

describe('what an agent receives', () => {
  test('is its input, its ids and counts of what it consumed and sent', async () => {
    const { session, client } = hosting(async (one) => {
      for await (const message of one.messages) await one.send(message);
    });
    expect([session.id, session.tenant, session.agent, session.input]).toEqual([
      's1',
      'acme',
      'echo',
      7,
    ]);
    void client.outbox.offer('a');
    void client.outbox.offer('b');
    await turns();
    expect([session.messageCount, session.sentCount]).toEqual([2, 2]);
  });

  test('is a log that carries tenant, agent and session on every line', () => {
    const { log } = hosting((one) => {
      one.log.info({ step: 1 }, 'hello');
      one.log.child({ call: 'c1' }).warn({}, 'again');
    });
    const ids = { tenant: 'acme', agent: 'echo', session: 's1' };
    expect(log.lines).toEqual([
      { level: 'info', message: 'hello', fields: { ...ids, step: 1 } },
      { level: 'warn', message: 'again', fields: { ...ids, call: 'c1' } },
    ]);
  });

  test('is an effect that answers what it answers and fails as it fails', async () => {
    const { session } = hosting(() => new Promise(() => {}));
    expect(await session.effect('llm', () => 7)).toBe(7);
    expect(await session.effect('llm', () => Promise.resolve(8))).toBe(8);
    const failing = session.effect('llm', () => {
      throw new Error('own');
    });
    expect((await caught(() => failing)).message).toBe('own');
  });

  test('is a refusal where it sends what cannot be carried, and the session goes on', async () => {
    const finish = gate();
    const { session, ends } = hosting(() => finish.promise);
    expect((await caught(() => session.send(() => 1))).code).toBe('TENANTRY_MESSAGE_UNCLONEABLE');
    expect(ends).toEqual([]);
    await session.send('fine');
    finish.open();
    await turns();
  });
});
