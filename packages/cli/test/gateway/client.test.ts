import net from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { defineAgent } from '@tenantry/core';
import { TenantryClient, type Trouble } from '@tenantry/core/client';
import { WebSocket } from 'ws';
import { openSession } from './calls.js';
import { startGateway, type StartedGateway } from './started-gateway.js';
import { until } from './until.js';

/** A wire between client and gateway that can be cut. */
class Wire {
  readonly #sockets = new Set<net.Socket>();
  readonly #server: net.Server;
  isCut = false;

  constructor(port: number) {
    this.#server = net.createServer((near) => {
      if (this.isCut) {
        near.destroy();
        return;
      }
      const far = net.connect(port, '127.0.0.1');
      for (const socket of [near, far]) {
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          near.destroy();
          far.destroy();
          this.#sockets.delete(socket);
        });
      }
      near.pipe(far).pipe(near);
    });
  }

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** Breaks what is under way. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.breakAll();
    this.#server.close();
  }
}

let started: StartedGateway;
let wire: Wire;
let client: TenantryClient;
beforeAll(async () => {
  started = await startGateway({ options: { maxFrameBytes: 65_536 } });
  wire = new Wire(started.port);
  client = new TenantryClient({ url: await wire.open(), WebSocket, random: () => 0.1 });
});
afterAll(async () => {
  wire.close();
  await started[Symbol.asyncDispose]();
});

const typed = defineAgent({
  name: 'echo',
  async run(session) {
    for await (const message of session.messages) await session.send(message);
    return { turns: 1 };
  },
});

describe('a session of the client', () => {
  test('has the types of its agent, and ends with the outcome', async () => {
    const session = await client.open({ agent: typed, tenant: 'acme', metadata: { room: 'a' } });
    await session.send({ text: 'hello' });
    await session.send(new Uint8Array([7]));
    expect((await session.messages.next()).value).toEqual({ text: 'hello' });
    expect((await session.messages.next()).value).toEqual(new Uint8Array([7]));
    const { result, reason, tenant } = await session.close();
    const turns: number | undefined = result?.turns;
    expect([turns, reason, tenant]).toEqual([2, 'completed', 'acme']);
    for await (const message of session.messages) expect(message).toBeUndefined();
    await expect(session.send('more')).rejects.toMatchObject({ code: 'TENANTRY_SESSION_ENDED' });
  });

  test('loses and doubles nothing while its socket keeps breaking', async () => {
    const count = 2_000;
    const session = await client.open<number, number>({ agent: 'echo' });
    const sending = (async () => {
      for (let at = 1; at <= count; at += 1) await session.send(at);
    })();
    const received: number[] = [];
    for await (const message of session.messages) {
      received.push(message);
      if (received.length % 300 === 0) wire.breakAll();
      if (received.length === count) break;
    }
    await sending;
    expect(received).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    expect(await session.close()).toMatchObject({ messagesIn: count, messagesOut: count });
  });

  test('a gateway that is gone for longer than the grace ends it with TENANTRY_CONNECTION_LOST', async () => {
    const short = await startGateway({ options: { resumeGraceMs: 200 } });
    const cut = new Wire(short.port);
    const own = new TenantryClient({ url: await cut.open(), WebSocket, random: () => 0.1 });
    const session = await own.open({ agent: 'echo' });
    await session.send(1);
    await session.messages.next();
    cut.isCut = true;
    cut.breakAll();
    await expect(session.done).rejects.toMatchObject({ code: 'TENANTRY_CONNECTION_LOST' });
    await expect(session.messages.next()).rejects.toMatchObject({
      code: 'TENANTRY_CONNECTION_LOST',
    });
    await until('the pool has let it go', async () => {
      return (await short.pool.snapshot()).totals.activeSessions === 0;
    });
    const [end] = (await short.pool.snapshot()).recentEnds;
    expect(end).toMatchObject({ session: session.id, reason: 'cancelled' });
    cut.close();
    await short[Symbol.asyncDispose]();
  });

  test('one that takes over ends it with TENANTRY_CONNECTION_TAKEN', async () => {
    const session = await client.open({ agent: 'echo' });
    await until('it is connected', () => session.state === 'open');
    const { id, tenant, agent } = session;
    const opened = { session: id, tenant, agent, ticket: 'none', resumeGraceMs: 1_000 };
    const second = client.connect({ ...opened, url: `/v1/sessions/${id}` });
    await expect(session.done).rejects.toMatchObject({ code: 'TENANTRY_CONNECTION_TAKEN' });
    expect(await second.cancel('enough')).toMatchObject({ reason: 'cancelled' });
  });

  test('a session that is not there any more is told as unknown', async () => {
    const opened = await openSession(started);
    await fetch(`${started.url}${opened.url}`, { method: 'DELETE' });
    const ended = client.connect(opened);
    expect(await ended.done).toMatchObject({ reason: 'cancelled' });
    const late = client.connect(opened);
    await expect(late.done).rejects.toMatchObject({ code: 'TENANTRY_SESSION_UNKNOWN' });
  });

  test('what cannot be sent is refused before it is, or told afterwards; the session goes on', async () => {
    const session = await client.open({ agent: 'echo' });
    await until('it is connected', () => session.state === 'open');
    const circle: unknown[] = [];
    circle.push({ again: circle });
    let deep: unknown[] = [];
    for (let level = 0; level < 20_000; level += 1) deep = [deep];
    const refused: [unknown, string][] = [
      [undefined, 'TENANTRY_MESSAGE_UNCLONEABLE'],
      [{ list: [1, undefined] }, 'TENANTRY_MESSAGE_UNCLONEABLE'],
      [{ at: new Date(Number.NaN) }, 'TENANTRY_MESSAGE_UNCLONEABLE'],
      [circle, 'TENANTRY_MESSAGE_UNCLONEABLE'],
      [deep, 'TENANTRY_MESSAGE_TOO_DEEP'],
      [{ when: { map: new Map() } }, 'TENANTRY_MESSAGE_UNCLONEABLE'],
      [1n, 'TENANTRY_MESSAGE_UNCLONEABLE'],
      ['x'.repeat(100_000), 'TENANTRY_MESSAGE_TOO_LARGE'],
    ];
    for (const [message, code] of refused) {
      await expect(session.send(message)).rejects.toMatchObject({ code });
    }
    await expect(session.send(circle)).rejects.toThrow(
      '$[0].again: a circle; JSON cannot carry it',
    );
    // Nor is anything asked for that cannot be said.
    for (const [input, code] of [
      [circle, 'TENANTRY_MESSAGE_UNCLONEABLE'],
      [deep, 'TENANTRY_MESSAGE_TOO_DEEP'],
    ] as const) {
      await expect(client.open({ agent: 'echo', input })).rejects.toMatchObject({ code });
      await expect(client.jobs.submit({ agent: 'echo', input })).rejects.toMatchObject({
        code: 'TENANTRY_JOB_NOT_JSON',
      });
    }
    const told = new Promise<Trouble>((resolve) => session.onTrouble(resolve));
    await session.send(JSON.parse('{"__proto__":1}'));
    expect(await told).toMatchObject({
      kind: 'refused',
      frame: 1,
      error: { code: 'TENANTRY_MESSAGE_UNCLONEABLE' },
    });
    // What stands twice, but not within itself, is no circle.
    const twice = { a: [1] };
    await session.send({ twice: [twice, twice], nothing: undefined });
    expect((await session.messages.next()).value).toEqual({ twice: [twice, twice] });
    await session.close();
  });

  test('a refusal is the coded error of the pool', async () => {
    await expect(client.open({ agent: 'nobody' })).rejects.toMatchObject({
      name: 'TenantryError',
      code: 'TENANTRY_AGENT_UNKNOWN',
    });
    const nowhere = new TenantryClient({ url: 'http://127.0.0.1:9', WebSocket });
    await expect(nowhere.open()).rejects.toMatchObject({ code: 'TENANTRY_CONNECTION_LOST' });
  });

  test('an answer that gets lost opens no second session', async () => {
    let asked = 0;
    const forgetful = new TenantryClient({
      url: started.url,
      WebSocket,
      async fetch(input, init) {
        const answer = await fetch(input, init);
        if (asked++ === 0) throw new TypeError('the answer is lost');
        return answer;
      },
    });
    const before = (await started.pool.snapshot()).totals.totalSessionsStarted;
    const session = await forgetful.open({ agent: 'echo' });
    expect(asked).toBe(2);
    expect((await started.pool.snapshot()).totals.totalSessionsStarted).toBe(before + 1);
    await session.cancel();
  });
});
