import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TICKET_PROTOCOL_PREFIX } from '@tenantry/core/client';
import { startGateway, type StartedGateway } from './started-gateway.js';
import { TestSocket } from './test-socket.js';

let started: StartedGateway;
beforeAll(async () => {
  started = await startGateway();
});
afterAll(async () => started[Symbol.asyncDispose]());

function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

interface Opened {
  readonly session: string;
  readonly url: string;
  readonly ticket: string;
}

async function open(body: object = { agent: 'echo' }): Promise<Opened> {
  const response = await post(`${started.url}/v1/sessions`, body);
  expect(response.status).toBe(201);
  return (await response.json()) as Opened;
}

describe('a session over a WebSocket', () => {
  test('text and bytes go both ways, and the end brings the outcome', async () => {
    const { session, url, ticket } = await open({ tenant: 'acme', agent: 'echo' });
    const socket = new TestSocket(`${started.url}${url}`, [`${TICKET_PROTOCOL_PREFIX}${ticket}`]);
    expect(await socket.next()).toMatchObject({ type: 'welcome', session, received: 0 });
    socket.message({ text: 'hello', list: [1, null, true] });
    expect(await socket.next()).toEqual({
      type: 'message',
      data: { text: 'hello', list: [1, null, true] },
    });
    socket.send(new Uint8Array([1, 2, 255]));
    expect(await socket.next()).toEqual(new Uint8Array([1, 2, 255]));
    socket.send({ type: 'close' });
    expect(await socket.next()).toMatchObject({
      type: 'end',
      outcome: { session, tenant: 'acme', status: 'succeeded', result: { turns: 2 }, error: null },
    });
    expect(await socket.closed).toEqual({ code: 1000, reason: 'ended' });
  });
});

test('/healthz says that the process answers', async () => {
  const response = await fetch(`${started.url}/healthz`);
  expect([response.status, await response.json()]).toEqual([200, { ok: true, state: 'running' }]);
});
