/** Tokens of an issuer, checked against a real endpoint of its keys. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { SignJWT, exportJWK, exportSPKI, generateKeyPair, type CryptoKey, type JWK } from 'jose';
import { parseAuthOptions } from '../../src/auth/auth-options.js';
import { createAuthenticator, type ServiceAuthenticator } from '../../src/auth/authenticator.js';
import { HandClock } from '../fixtures/hand-clock.js';
import { toldLog } from './told-log.js';
import { refusal } from './thrown.js';

const ISSUER = 'https://id.example.com/';
const AUDIENCE = 'tenantry';
const HOUR_S = 3_600;

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function signingKey(kid: string, alg: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg } };
}

let rsa: SigningKey;
let ec: SigningKey;
let server: Server;
let url: string;
/** What the endpoint does; `published` by default. */
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let published: JWK[];
let fetches: number;

beforeAll(async () => {
  [rsa, ec] = await Promise.all([signingKey('rsa-1', 'RS256'), signingKey('ec-1', 'ES256')]);
  server = createServer((request, response) => {
    fetches += 1;
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

let clock: HandClock;
let authenticator: ServiceAuthenticator;
beforeEach(async () => {
  clock = new HandClock();
  published = [rsa.jwk, ec.jwk];
  fetches = 0;
  answer = (_, response) => response.end(JSON.stringify({ keys: published }));
  await start();
});

async function start(jwt: object = {}, more: object = {}): Promise<void> {
  const options = { jwt: { jwksUrl: url, issuer: ISSUER, audience: AUDIENCE, ...jwt }, ...more };
  authenticator = await createAuthenticator({
    stateDir: undefined,
    options: parseAuthOptions(options),
    clock,
    log: toldLog(),
  });
}

const nowS = (): number => Math.floor(clock.wallMs / 1_000);

/** A good token, with what is wrong about it; a claim of undefined is left out. */
function token(claims: object = {}, key = rsa, header: object = {}): Promise<string> {
  const all = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: 'user-1',
    tenant: 'acme',
    iat: nowS(),
    exp: nowS() + HOUR_S,
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(all)) as Record<string, unknown>)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
    .sign(key.privateKey);
}

const identify = (credential: string, address = '203.0.113.7') =>
  authenticator.identify({ credential, address });
let host = 0;
/** From another address each time, so that nobody is slowed down. */
const refused = (credential: string) =>
  refusal(() => identify(credential, `198.51.${(host += 1) >> 8}.${host & 255}`));
const reasonOf = async (credential: string) => {
  const { code, details } = await refused(credential);
  return `${code} ${String(details['reason'])}`;
};
const base64 = (value: object | string): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

describe('a token', () => {
  test('of the issuer is whose it says, with keys of several kinds, fetched once', async () => {
    for (const key of [rsa, ec]) {
      expect(await identify(await token({}, key))).toEqual({
        kind: 'jwt',
        id: 'jwt:user-1',
        tenant: 'acme',
        role: 'tenant',
        scopes: new Set(['sessions', 'jobs']),
      });
    }
    await Promise.all(Array.from({ length: 20 }, async () => identify(await token())));
    expect(fetches).toBe(1);
  });

  test('that is signed with nothing is refused', async () => {
    const [, payload] = (await token()).split('.');
    for (const alg of ['none', 'None', 'NONE', '']) {
      const header = base64({ alg });
      expect(await reasonOf(`${header}.${payload}.`)).toMatch(
        /^TENANTRY_UNAUTHORIZED (?:algorithm|malformed)$/,
      );
    }
    expect(await reasonOf(`${base64({ alg: 'none' })}.${payload}.`)).toContain('algorithm');
  });

  test('that is signed with the public key as a shared secret is refused', async () => {
    const secrets = [await exportSPKI(rsa.publicKey), JSON.stringify(rsa.jwk), rsa.jwk.n!];
    for (const secret of secrets) {
      const forged = await new SignJWT({ tenant: 'acme', sub: 'user-1' })
        .setProtectedHeader({ alg: 'HS256', kid: rsa.kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime(nowS() + HOUR_S)
        .sign(Buffer.from(secret));
      expect(await reasonOf(forged)).toBe('TENANTRY_UNAUTHORIZED algorithm');
    }
  });

  test('that brings its own key is refused', async () => {
    const own = await signingKey(rsa.kid, 'RS256');
    const headers = [{}, { jwk: own.jwk }, { jku: `${url}/evil` }, { x5u: `${url}/evil` }];
    for (const header of headers) {
      expect(await reasonOf(await token({}, own, header))).toBe('TENANTRY_UNAUTHORIZED signature');
    }
    expect(fetches).toBe(1);
  });

  const wrongs: readonly (readonly [string, () => object, string])[] = [
    ['another audience', () => ({ aud: 'billing' }), 'TENANTRY_UNAUTHORIZED audience'],
    ['no audience', () => ({ aud: undefined }), 'TENANTRY_UNAUTHORIZED claims'],
    ['another issuer', () => ({ iss: 'https://evil/' }), 'TENANTRY_UNAUTHORIZED issuer'],
    ['its time over', () => ({ exp: nowS() - 6 }), 'TENANTRY_TOKEN_EXPIRED expired'],
    ['its time to come', () => ({ nbf: nowS() + 6 }), 'TENANTRY_UNAUTHORIZED not-yet-valid'],
    ['no end', () => ({ exp: undefined }), 'TENANTRY_UNAUTHORIZED claims'],
    ['an end that is no number', () => ({ exp: 'soon' }), 'TENANTRY_UNAUTHORIZED claims'],
    ['no subject', () => ({ sub: undefined }), 'TENANTRY_UNAUTHORIZED claims'],
    ['a subject that is none', () => ({ sub: { a: 1 } }), 'TENANTRY_UNAUTHORIZED claims'],
    ['no tenant', () => ({ tenant: undefined }), 'TENANTRY_UNAUTHORIZED tenant'],
    ['no tenant that can be one', () => ({ tenant: '../etc' }), 'TENANTRY_UNAUTHORIZED tenant'],
    ['a prototype for tenant', () => ({ tenant: '__proto__' }), 'TENANTRY_UNAUTHORIZED tenant'],
    ['several tenants', () => ({ tenant: ['acme'] }), 'TENANTRY_UNAUTHORIZED tenant'],
    [
      'an operator of no tenant that can be one',
      () => ({ role: 'operator', tenant: '' }),
      'TENANTRY_UNAUTHORIZED tenant',
    ],
    ...['admin', 'operator', 'viewer'].map(
      (role) =>
        [
          `role ${role} and a tenant that is not set`,
          () => ({ role, tenant: null }),
          'TENANTRY_UNAUTHORIZED tenant',
        ] as const,
    ),
    ['a role that is not set', () => ({ role: null }), 'TENANTRY_UNAUTHORIZED role'],
    ['a role that is no text', () => ({ role: ['viewer', 7] }), 'TENANTRY_UNAUTHORIZED role'],
  ];
  test.each(wrongs)('with %s is refused', async (_, claims, said) => {
    expect(await reasonOf(await token(claims()))).toBe(said);
  });

  test('is good for as long as the clocks may differ', async () => {
    await identify(await token({ exp: nowS() - 4 }));
    await identify(await token({ nbf: nowS() + 4 }));
    await start({ clockToleranceMs: 0 });
    expect((await refused(await token({ exp: nowS() - 1 }))).code).toBe('TENANTRY_TOKEN_EXPIRED');
  });

  test('that is cut, changed or none is refused', async () => {
    const good = await token();
    const [header, , signature] = good.split('.') as [string, string, string];
    const other = base64({ iss: ISSUER, aud: AUDIENCE, sub: 'root', exp: nowS() + HOUR_S });
    expect(await reasonOf(`${header}.${other}.${signature}`)).toContain('signature');
    for (const text of ['a', 'a.b', 'a.b.c', '..', `${good}.x.y`, good.slice(0, 40), '{}', 'é.é.é'])
      expect((await refused(text)).code).toBe('TENANTRY_UNAUTHORIZED');
    const bomb = base64(`{"alg":"RS256","kid":"${'['.repeat(4_000)}"}`);
    expect((await refused(`${bomb}.e30.e30`)).code).toBe('TENANTRY_UNAUTHORIZED');
  });

  test('is nowhere in its refusal, nor are its claims', async () => {
    const canary = 'canary-9f31';
    const bad = await Promise.all(
      [{ aud: canary }, { exp: 1 }, { sub: undefined }].map((claims) =>
        token({ ...claims, email: canary }),
      ),
    );
    for (const credential of [...bad, `${canary}.${canary}.${canary}`]) {
      const text = inspect(await refused(credential), { depth: 20, showHidden: true });
      expect(text).toContain('TENANTRY_');
      expect(text).not.toContain(canary);
      expect(text).not.toContain(credential.slice(-20));
    }
  });

  test('that is bad again and again slows its caller down; a good one is let in', async () => {
    const bad = await token({ aud: 'billing' });
    const good = await token();
    const codes: string[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1)
      codes.push((await refusal(() => identify(bad))).code);
    expect(codes.slice(4)).toEqual([
      'TENANTRY_UNAUTHORIZED',
      'TENANTRY_RATE_LIMITED',
      'TENANTRY_RATE_LIMITED',
    ]);
    expect((await identify(good)).tenant).toBe('acme');
  });
});

describe('the claims of a token', () => {
  test('are found where the options say, and mean what they say', async () => {
    await start({
      tenantClaim: 'https://example.com/tenant',
      roleClaim: ['realm_access', 'roles'],
      roles: { 'support-desk': 'viewer', sre: 'operator' },
      scopeClaim: 'scope',
      defaultRole: null,
    });
    const claims = {
      tenant: undefined,
      'https://example.com/tenant': 'acme',
      realm_access: { roles: ['offline_access', 'sre', 'support-desk'] },
      scope: 'openid admin jobs',
    };
    expect(await identify(await token(claims))).toMatchObject({
      tenant: 'acme',
      role: 'operator',
      scopes: new Set(['jobs', 'admin']),
    });
    for (const roles of [['admin'], ['__proto__'], ['constructor'], [], undefined]) {
      const other = { ...claims, realm_access: { roles } };
      expect(await reasonOf(await token(other))).toBe('TENANTRY_UNAUTHORIZED role');
    }
  });

  test('are refused where something on the way to them is no object', async () => {
    await start({ tenantClaim: ['org', 'tenant'], roleClaim: ['realm', 'roles'] });
    const realm = { roles: ['admin'] };
    for (const org of [null, 'acme', ['acme'], { tenant: null }]) {
      expect(await reasonOf(await token({ org, realm }))).toBe('TENANTRY_UNAUTHORIZED tenant');
    }
    for (const bad of [null, 'admin', { roles: null }, { roles: { admin: true } }]) {
      const claims = { org: { tenant: 'acme' }, realm: bad };
      expect(await reasonOf(await token(claims))).toBe('TENANTRY_UNAUTHORIZED role');
    }
    expect(await identify(await token({ org: {}, realm }))).toMatchObject({ tenant: null });
  });

  test('of an operator without a tenant are of any', async () => {
    const claims = { role: 'operator', tenant: undefined };
    expect(await identify(await token(claims))).toMatchObject({ tenant: null, role: 'operator' });
  });

  test('name nobody in a log whose subject is no plain word', async () => {
    const { id } = await identify(await token({ sub: 'Eve\u001b[31m "x" <eve@example.com>' }));
    expect(id).toMatch(/^jwt:sha256-[0-9a-f]{16}$/);
    expect((await identify(await token({ sub: 'auth0|5f7c' }))).id).toBe('jwt:auth0|5f7c');
  });
});

describe("the issuer's keys", () => {
  test('are fetched anew for one that is not among them, once in a while', async () => {
    await identify(await token());
    const next = await signingKey('rsa-2', 'RS256');
    const rotated = await token({}, next);
    published = [next.jwk];
    for (let time = 0; time < 20; time += 1)
      expect(await reasonOf(rotated)).toBe('TENANTRY_UNAUTHORIZED key');
    expect(fetches).toBe(1);
    clock.pass(30_000);
    expect((await identify(rotated)).tenant).toBe('acme');
    expect(fetches).toBe(2);
    // What is no longer published is good no longer.
    expect(await reasonOf(await token())).toBe('TENANTRY_UNAUTHORIZED key');
  });

  test('are fetched anew whatever the wall clock does', async () => {
    await identify(await token());
    const next = await signingKey('rsa-3', 'RS256');
    published = [next.jwk];
    clock.pass(30_000);
    clock.wallMs -= HOUR_S * 1_000;
    expect((await identify(await token({}, next))).tenant).toBe('acme');
  });

  test('are used on while the issuer is away, for an hour', async () => {
    await identify(await token());
    answer = (_, response) => response.writeHead(503).end();
    clock.pass(600_000);
    await identify(await token());
    await identify(await token());
    expect(fetches).toBe(2);
    clock.pass(3_600_000);
    const error = await refused(await token());
    expect(error).toMatchObject({
      code: 'TENANTRY_AUTH_UNAVAILABLE',
      retryable: true,
      retryAfterMs: 5_000,
      details: { reason: 'it answers with status 503' },
    });
    answer = (_, response) => response.end(JSON.stringify({ keys: published }));
    clock.pass(2_000);
    expect((await refused(await token())).retryAfterMs).toBe(3_000);
    clock.pass(3_000);
    await identify(await token());
  });

  const answers: readonly (readonly [string, typeof answer, RegExp])[] = [
    ['hangs up', (request) => request.socket.destroy(), /cannot be reached/],
    ['is a page', (_, response) => response.end('<html>'), /no set of keys/],
    ['is a number', (_, response) => response.end('7'), /no set of keys/],
    ['has no keys', (_, response) => response.end('{"keys":{}}'), /no set of keys/],
    ['is endless', (_, response) => response.end('x'.repeat(2_000_000)), /over 1048576 bytes/],
    [
      'leads elsewhere',
      ({ url: asked }, response) =>
        asked?.endsWith('?moved') === true
          ? response.end(JSON.stringify({ keys: published }))
          : response.writeHead(302, { location: `${url}?moved` }).end(),
      /cannot be reached/,
    ],
  ];
  test.each(answers)('cannot be fetched from an endpoint that %s', async (_, how, said) => {
    answer = how;
    const credential = await token();
    const error = await refused(credential);
    expect(error.code).toBe('TENANTRY_AUTH_UNAVAILABLE');
    expect(error.details['reason']).toMatch(said);
    // It is nobody's bad credential: nobody is slowed down for it.
    for (let time = 0; time < 20; time += 1) {
      const again = await refusal(() => identify(credential));
      expect(again.code).toBe('TENANTRY_AUTH_UNAVAILABLE');
    }
    expect(fetches).toBe(1);
  });

  test('are waited for no longer than they may take', async () => {
    const asked = new Promise<void>((resolve) => (answer = () => resolve()));
    const waiting = refused(await token());
    await asked;
    clock.runTimers();
    expect((await waiting).details['reason']).toBe('it does not answer in time');
  });

  test('may stand in the options themselves', async () => {
    await start({ jwksUrl: undefined, jwks: { keys: [ec.jwk] } });
    expect((await identify(await token({}, ec))).tenant).toBe('acme');
    expect(await reasonOf(await token({}, rsa))).toBe('TENANTRY_UNAUTHORIZED key');
    expect(fetches).toBe(0);
  });
});

describe('options of tokens', () => {
  const jwt = { issuer: ISSUER, audience: AUDIENCE };
  const jwksUrl = 'https://id.example.com/jwks';
  const secret = { kty: 'oct', k: 'canary-9f31' };
  const wrongs: readonly (readonly [string, object, RegExp])[] = [
    ['a shared secret for a signature', { ...jwt, jwksUrl, algorithms: ['HS256'] }, /algorithms/],
    ['no signature', { ...jwt, jwksUrl, algorithms: ['none'] }, /algorithms/],
    ['keys over a plain line', { ...jwt, jwksUrl: 'http://id.example.com/jwks' }, /https/],
    ['a password in the address', { ...jwt, jwksUrl: 'https://u:canary-9f31@h/' }, /password/],
    ['a file', { ...jwt, jwksUrl: 'file:///etc/passwd' }, /jwksUrl/],
    ['no keys', jwt, /either jwksUrl or jwks/],
    ['two kinds of keys', { ...jwt, jwksUrl, jwks: { keys: [{ kty: 'RSA' }] } }, /either/],
    ['a secret among the keys', { ...jwt, jwks: { keys: [secret] } }, /no public key/],
    ['a private key', { ...jwt, jwks: { keys: [{ kty: 'RSA', d: 'canary-9f31' }] } }, /public/],
    ['no audience', { issuer: ISSUER, jwksUrl }, /audience/],
    ['a role of no kind', { ...jwt, jwksUrl, roles: { a: 'root' } }, /roles/],
    ['a misspelt option', { ...jwt, jwksUrl, algorithm: 'RS256' }, /algorithm/],
  ];
  test.each(wrongs)('with %s are refused, and nothing secret is shown', async (_, value, said) => {
    const error = await refusal(() => parseAuthOptions({ jwt: value }));
    expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
    expect(error.message).toMatch(said);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('canary-9f31');
  });
});
