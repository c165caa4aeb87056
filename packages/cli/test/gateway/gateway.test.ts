import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TenantryError } from '@tenantry/core';
import type { Authenticator } from '../../src/auth/authenticator.js';
import { LOCAL, type Identity } from '../../src/auth/identity.js';
import { openSession, post, refusal } from './calls.js';
import { startGateway, type StartedGateway } from './started-gateway.js';
import { TestSocket } from './test-socket.js';
import { until } from './until.js';

const MANY = ['sessions', 'jobs', 'admin'] as const;
const WHO: Record<string, Identity> = {
  acme: { kind: 'key', id: 'key:1', tenant: 'acme', role: 'tenant', scopes: new Set(MANY) },
  globex: { kind: 'key', id: 'key:2', tenant: 'globex', role: 'tenant', scopes: new Set(MANY) },
  viewer: { kind: 'key', id: 'key:3', tenant: null, role: 'viewer', scopes: new Set(['admin']) },
  operator: { kind: 'key', id: 'key:4', tenant: null, role: 'operator', scopes: new Set(MANY) },
};
const authenticator: Authenticator = {
  async identify({ credential }) {
    if (credential === undefined) return LOCAL;
    const identity = Object.hasOwn(WHO, credential) ? WHO[credential] : undefined;
    if (identity !== undefined) return identity;
    throw new TenantryError('TENANTRY_UNAUTHORIZED', 'not authorized');
  },
};
const as = (who: string): Record<string, string> => ({ authorization: `Bearer ${who}` });

let started: StartedGateway;
let sessions: string;
beforeAll(async () => {
  started = await startGateway({
    authenticator,
    options: {
      maxBodyBytes: 4_096,
      headersTimeoutMs: 400,
      requestTimeoutMs: 400,
      heartbeatMs: 200,
      allowedOrigins: ['https://app.example'],
    },
    pool: { tenants: { small: { maxSessions: 1 } } },
  });
  sessions = `${started.url}/v1/sessions`;
});
afterAll(async () => started[Symbol.asyncDispose]());

describe('bad requests', () => {
  const deep = `${'{"a":'.repeat(3)}${'['.repeat(300)}${']'.repeat(300)}${'}'.repeat(3)}`;
  test.each<[string, string, number, string]>([
    ['no JSON', '{"agent":', 400, 'TENANTRY_REQUEST_INVALID'],
    ['a list', '[]', 400, 'TENANTRY_REQUEST_INVALID'],
    ['a number for a name', '{"agent":7}', 400, 'TENANTRY_REQUEST_INVALID'],
    ['a misspelt field', '{"agnet":"echo"}', 400, 'TENANTRY_REQUEST_INVALID'],
    ['deep nesting', `{"input":${deep}}`, 400, 'TENANTRY_REQUEST_INVALID'],
    ['__proto__', '{"input":{"__proto__":{"polluted":1}}}', 400, 'TENANTRY_REQUEST_INVALID'],
    ['a large body', `{"input":"${'x'.repeat(5_000)}"}`, 413, 'TENANTRY_REQUEST_TOO_LARGE'],
    ['a path for a tenant', '{"tenant":"../etc"}', 400, 'TENANTRY_TENANT_ID_INVALID'],
    ['an unknown agent', '{"agent":"none"}', 422, 'TENANTRY_AGENT_UNKNOWN'],
    ['input of the wrong shape', '{"agent":"counts"}', 422, 'TENANTRY_INPUT_INVALID'],
  ])('%s is refused and opens nothing', async (_, body, status, code) => {
    const before = (await started.pool.snapshot()).totals.totalSessionsStarted;
    expect(await refusal(post(sessions, body))).toEqual([status, code]);
    expect((await started.pool.snapshot()).totals.totalSessionsStarted).toBe(before);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['another content type', { 'content-type': 'text/plain' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    [
      'another charset',
      { 'content-type': 'application/json;charset=x' },
      415,
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    ['a compressed body', { 'content-encoding': 'gzip' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['a strange key', { 'idempotency-key': 'a b' }, 400, 'REQUEST_INVALID'],
    ['a page of another origin', { origin: 'https://evil.example' }, 403, 'ORIGIN_REFUSED'],
    ['a page without an origin', { origin: 'null' }, 403, 'ORIGIN_REFUSED'],
    ['a bad credential', as('nobody'), 401, 'UNAUTHORIZED'],
    ['a role without sessions', as('viewer'), 403, 'FORBIDDEN'],
  ])('%s is refused', async (_, headers, status, code) => {
    const answer = refusal(post(sessions, '{"agent":"echo"}', headers));
    expect(await answer).toEqual([status, `TENANTRY_${code}`]);
  });

  test('paths and methods that are not there are told apart', async () => {
    const { url } = started;
    expect(await refusal(fetch(`${url}/v1/nothing`))).toEqual([404, 'TENANTRY_ROUTE_UNKNOWN']);
    const put = await fetch(sessions, { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST']);
    const { status, headers } = await fetch(`${sessions}/none`, { method: 'PUT' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, DELETE']);
    for (const name of ['..%2f..%2fetc%2fpasswd', 'a.b', '%00', 'x'.repeat(200)]) {
      expect(await refusal(fetch(`${sessions}/${name}`))).toEqual([
        400,
        'TENANTRY_REQUEST_INVALID',
      ]);
    }
  });

  test('HEAD is answered as GET is, without a body', async () => {
    const { url } = started;
    for (const path of ['/healthz', '/openapi.json', '/v1/events', '/v1/nothing']) {
      const own = new AbortController();
      const { status, headers } = await fetch(`${url}${path}`, { signal: own.signal });
      own.abort();
      const asked = await fetch(`${url}${path}`, { method: 'HEAD' });
      const type = 'content-type';
      expect([asked.status, asked.headers.get(type)]).toEqual([status, headers.get(type)]);
      expect(await asked.text()).toBe('');
    }
  });

  test('the host has to be one of loopback where no credential is shown', async () => {
    const rebound = await raw(`GET /v1/me HTTP/1.1\r\nhost: evil.example\r\n\r\n`);
    expect(rebound).toMatch(/^HTTP\/1.1 403 .*TENANTRY_ORIGIN_REFUSED/s);
    const known = `GET /v1/me HTTP/1.1\r\nhost: a.example\r\nauthorization: Bearer acme\r\n\r\n`;
    expect(await raw(known)).toMatch(/^HTTP\/1.1 200 /);
  });

  test('a request id is kept where it can stand in a log, and made where not', async () => {
    const own = await fetch(`${started.url}/healthz`, { headers: { 'x-request-id': 'a:b-1' } });
    expect(own.headers.get('x-request-id')).toBe('a:b-1');
    const strange = await fetch(`${started.url}/healthz`, { headers: { 'x-request-id': 'a"b' } });
    expect(strange.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('an upgrade to what is not spoken here is an ordinary request, with its body', async () => {
    const body = JSON.stringify({ agent: 'none', input: 'ü'.repeat(1_500) });
    const offer = 'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk';
    const request =
      `POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\n${offer}\r\n` +
      `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const socket = net.connect(started.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => (answer += String(chunk)));
    // The body comes with the head, in part with it, and after it, all on one connection.
    for (const at of [0, 100, body.length]) {
      answer = '';
      socket.write(`${request}${body.slice(0, body.length - at)}`);
      await new Promise((resolve) => setImmediate(resolve));
      socket.write(body.slice(body.length - at));
      await until('an answer', () => answer.endsWith('}'));
      expect(answer).toMatch(/^HTTP\/1.1 422 .*TENANTRY_AGENT_UNKNOWN/s);
    }
    socket.end(`GET /healthz HTTP/1.1\r\nhost: localhost\r\n${offer}\r\n\r\n`);
    await once(socket, 'close');
    expect(answer).toMatch(/}HTTP\/1.1 200 /);
  });

  test('pages of allowed origins may ask before they call', async () => {
    const headers = { origin: 'https://app.example' };
    const asked = await fetch(sessions, { method: 'OPTIONS', headers });
    expect(asked.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS');
    const called = await post(sessions, '{"agent":"none"}', headers);
    expect(called.headers.get('access-control-allow-origin')).toBe('https://app.example');
  });
});

describe('slow and broken clients', () => {
  test('headers and bodies that do not arrive are given up; sessions do not notice', async () => {
    const { url } = await openSession(started);
    const session = new TestSocket(`${started.url}${url}`);
    await session.nextOf('welcome');
    const slow = Array.from({ length: 50 }, () => raw('GET / HTTP/1.1\r\nx-slow: '));
    const body = raw(
      'POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n' +
        'content-length: 100\r\n\r\n{',
    );
    session.message('hello');
    expect(await session.nextOf('message')).toMatchObject({ data: 'hello' });
    const slowly = /^HTTP\/1.1 408 .*problem\+json.*"code":"TENANTRY_REQUEST_TIMEOUT"/s;
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(slowly);
    expect(await body).toMatch(/^HTTP\/1.1 4\d\d/);
    const unread: [string, RegExp][] = [
      ['hello\r\n\r\n', /^HTTP\/1.1 400 .*"TENANTRY_REQUEST_INVALID"/s],
      ['GET /healthz HTTP/1.1\r\n\r\n', /^HTTP\/1.1 400 .*"TENANTRY_REQUEST_INVALID"/s],
      [
        `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
        /^HTTP\/1.1 431 .*"TENANTRY_REQUEST_TOO_LARGE"/s,
      ],
    ];
    for (const [text, said] of unread) expect(await raw(text)).toMatch(said);
    // Whoever does not hang up is hung up on.
    const stays = net.connect({ port: started.port, host: '127.0.0.1', allowHalfOpen: true });
    const [ours] = (await once(started.server, 'connection')) as [net.Socket];
    stays.resume().write('hello\r\n\r\n');
    await once(ours, 'close');
    stays.destroy();
    session.send({ type: 'close' });
    await session.closed;
  });

  test('a socket whose other side is gone is noticed by its silence', async () => {
    const { url } = await openSession(started);
    const socket = new TestSocket(`${started.url}${url}`, [], { autoPong: false });
    await socket.nextOf('welcome');
    expect(await socket.closed).toMatchObject({ code: 1006 });
    const info = (await (await fetch(`${started.url}${url}`)).json()) as { socket: string };
    expect(info.socket).toBe('waiting');
  });
});

describe('who may do what', () => {
  test("another tenant's session is as unknown as none, over HTTP and as a socket", async () => {
    const { session, url } = await openSession(started, { agent: 'echo' }, as('acme'));
    const where = `${started.url}${url}`;
    const unknown = [404, 'TENANTRY_SESSION_UNKNOWN'];
    expect(await refusal(fetch(where, { headers: as('globex') }))).toEqual(unknown);
    const remove = fetch(where, { method: 'DELETE', headers: as('globex') });
    expect(await refusal(remove)).toEqual(unknown);
    const stranger = new TestSocket(where, [], { headers: as('globex') });
    await expect(stranger.opened).rejects.toThrow('404');
    const named = post(sessions, { tenant: 'globex', agent: 'echo' }, as('acme'));
    expect(await refusal(named)).toEqual([403, 'TENANTRY_FORBIDDEN']);
    const browser = [`tenantry.bearer.${Buffer.from('acme').toString('base64url')}`];
    const own = new TestSocket(where, browser);
    expect(await own.nextOf('welcome')).toMatchObject({ session });
    expect(own.socket.protocol).toBe('tenantry.v1');
    own.send({ type: 'cancel' });
    await own.closed;
  });

  test('acts take an operator, who is in the audit trail; looking takes a viewer', async () => {
    const { url, pool } = started;
    const cap = { command: 'cap', tenant: 'default', maxSessions: 7 };
    const control = `${url}/v1/control`;
    for (const who of ['acme', 'viewer']) {
      expect(await refusal(post(control, cap, as(who)))).toEqual([403, 'TENANTRY_FORBIDDEN']);
    }
    const dry = await post(control, { ...cap, dryRun: true }, as('operator'));
    expect(await dry.json()).toMatchObject({ isDryRun: true, changed: true });
    const done = await post(control, cap, as('operator'));
    expect(await done.json()).toMatchObject({ command: 'cap', after: { maxSessions: 7 } });
    const { records } = await pool.explain('default');
    expect(records.at(-1)).toMatchObject({ actor: { via: 'gateway', id: 'key:4' } });
    const why = await fetch(`${url}/v1/explain/default`, { headers: as('viewer') });
    expect(((await why.json()) as { sentences: string[] }).sentences.join()).toContain('key:4');
    const whole = post(control, { command: 'drain', timeoutMs: 0 }, as('operator'));
    expect(await refusal(whole)).toEqual([403, 'TENANTRY_FORBIDDEN']);
    const misspelt = post(control, { ...cap, maxSesions: 1 }, as('operator'));
    expect(await refusal(misspelt)).toEqual([400, 'TENANTRY_REQUEST_INVALID']);
    await post(control, { ...cap, maxSessions: null }, as('operator'));
  });

  test('/v1/me says who one is', async () => {
    const me = await fetch(`${started.url}/v1/me`, { headers: as('acme') });
    expect(await me.json()).toEqual({
      kind: 'key',
      id: 'key:1',
      tenant: 'acme',
      role: 'tenant',
      scopes: MANY,
    });
  });

  test('requests are counted by route and outcome', () => {
    const pairs = started.counted.map(({ route, outcome }) => `${route} ${outcome}`);
    expect(pairs).toEqual(
      expect.arrayContaining([
        'sessions.open ok',
        'sessions.open unauthorized',
        'sessions.open forbidden',
        'sessions.open failed',
        'admin.act forbidden',
        'sessions.connect ok',
      ]),
    );
  });
});

test('a refusal for load says when to come again', async () => {
  const { url } = await openSession(started, { tenant: 'small', agent: 'echo' });
  const full = await post(sessions, { tenant: 'small', agent: 'echo' });
  expect([full.status, full.headers.get('retry-after')]).toEqual([
    429,
    expect.stringMatching(/^\d+$/),
  ]);
  await fetch(`${started.url}${url}`, { method: 'DELETE' });
});

test('a request repeated under its key is done once; with another body it is refused', async () => {
  const key = { 'idempotency-key': 'k-1' };
  const first = await openSession(started, { agent: 'echo' }, key);
  const again = await post(sessions, { agent: 'echo' }, key);
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  const second = (await again.json()) as typeof first;
  expect(second.session).toBe(first.session);
  expect(second.ticket).not.toBe(first.ticket);
  const other = post(sessions, { agent: 'deaf' }, key);
  expect(await refusal(other)).toEqual([409, 'TENANTRY_IDEMPOTENCY_CONFLICT']);
  const stranger = await openSession(started, { agent: 'echo' }, { ...key, ...as('acme') });
  expect(stranger.session).not.toBe(first.session);
});

test('events are sent to whoever watches: a snapshot, and what happens', async () => {
  const stop = new AbortController();
  const { signal } = stop;
  const response = await fetch(`${started.url}/v1/events`, { headers: as('viewer'), signal });
  expect(response.headers.get('content-type')).toMatch('text/event-stream');
  let text = '';
  const reading = (async () => {
    for await (const chunk of response.body!) text += Buffer.from(chunk as Uint8Array).toString();
  })().catch(() => {});
  await until('a snapshot', () => text.includes('event: snapshot\ndata: {"schemaVersion"'));
  const { session } = await openSession(started);
  await until('a start', () =>
    text.includes(`event: session.started\ndata: {"session":"${session}"`),
  );
  stop.abort();
  await reading;
});

test('events end with the reason when the credential is good no longer', async () => {
  WHO['leaver'] = { ...WHO['viewer']!, id: 'key:5' };
  const response = await fetch(`${started.url}/v1/events`, { headers: as('leaver') });
  let text = '';
  const whole = (async () => {
    for await (const chunk of response.body!) text += Buffer.from(chunk as Uint8Array).toString();
  })();
  await until('a snapshot', () => text.includes('event: snapshot'));
  delete WHO['leaver'];
  await whole;
  const last = /event: refused\ndata: (.*)\n\n$/.exec(text)?.[1];
  expect(JSON.parse(last ?? 'null')).toMatchObject({
    status: 401,
    code: 'TENANTRY_UNAUTHORIZED',
    requestId: response.headers.get('x-request-id'),
  });
});

test('connections over the bound are told so, then closed; those that are there go on', async () => {
  const own = await startGateway({ options: { maxConnections: 20 } });
  const { url } = await openSession(own);
  const socket = new TestSocket(`${own.url}${url}`);
  await socket.nextOf('welcome');
  // With the socket as many as may be; two more are told.
  const idle = Array.from({ length: 19 }, () => net.connect(own.port, '127.0.0.1'));
  const request = 'POST /v1/sessions HTTP/1.1\r\nhost: localhost\r\n\r\n';
  const told = /^HTTP\/1.1 503 .*retry-after: 1\r\n.*"code":"TENANTRY_OVERLOADED"/s;
  await until('it is crowded', async () => told.test(await raw(request, own.port)));
  await expect(new TestSocket(`${own.url}${url}`).opened).rejects.toThrow('503');
  socket.message('still here');
  expect(await socket.nextOf('message')).toMatchObject({ data: 'still here' });
  for (const one of idle) one.destroy();
  await own[Symbol.asyncDispose]();
});

test('what a probe is told follows the pool, and closing says so on every socket', async () => {
  const own = await startGateway();
  const ready = await fetch(`${own.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([200, { ready: true, reasons: [] }]);
  const { url } = await openSession(own, { agent: 'deaf' });
  const left = new TestSocket(`${own.url}${url}`);
  await left.nextOf('welcome');
  const draining = own.pool.drain({ timeoutMs: 20_000 });
  expect(await left.next()).toMatchObject({ type: 'notice', reason: 'drained' });
  const drained = await fetch(`${own.url}/readyz`);
  expect([drained.status, await drained.json()]).toEqual([
    503,
    { ready: false, reasons: ['draining'] },
  ]);
  const late = await post(`${own.url}/v1/sessions`, { agent: 'echo' });
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
  expect((await fetch(`${own.url}/healthz`)).status).toBe(200);
  await own.gateway.close();
  expect(await left.closed).toMatchObject({ code: 1001 });
  await own[Symbol.asyncDispose]();
  await draining;
});

/** What is answered to these bytes, until the connection ends. */
async function raw(text: string, port = started.port): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => (answer += String(chunk)));
  socket.on('error', () => {});
  socket.write(text.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'));
  await once(socket, 'close');
  return answer;
}
