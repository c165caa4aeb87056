import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digestOf, makeKey } from '../../src/auth/api-key.js';
import { parseAuthOptions } from '../../src/auth/auth-options.js';
import { createAuthenticator, type ServiceAuthenticator } from '../../src/auth/authenticator.js';
import type { AccessDecision } from '../../src/auth/decision.js';
import { createKey, revokeKey, rotateKey } from '../../src/auth/key-changes.js';
import { keyFileIn } from '../../src/auth/key-file.js';
import { identityOfKey } from '../../src/auth/key-credential.js';
import type { KeysById } from '../../src/auth/live-keys.js';
import { HandClock } from '../fixtures/hand-clock.js';
import { toldLog, type ToldLog } from './told-log.js';
import { refusal } from './thrown.js';

const ACME = { tenant: 'acme', role: 'tenant' } as const;
const HERE = '127.0.0.1';
const FAR = '203.0.113.7';

let stateDir: string;
let clock: HandClock;
let log: ToldLog;
let decisions: AccessDecision[];
let authenticator: ServiceAuthenticator;
beforeEach(async () => {
  stateDir = await mkdtemp(path.join(os.tmpdir(), 'tenantry-auth-'));
  clock = new HandClock();
  log = toldLog();
  decisions = [];
});
afterEach(() => rm(stateDir, { recursive: true, force: true }));

const place = () => ({ stateDir, clock });

async function start(options: object = {}): Promise<void> {
  authenticator = await createAuthenticator({
    stateDir,
    options: parseAuthOptions(options),
    clock,
    log,
    onDecision: (decision) => decisions.push(decision),
  });
}

const identify = (credential: string | undefined, address = FAR) =>
  authenticator.identify({ credential, address });
const refused = (credential: string | undefined, address = FAR) =>
  refusal(() => identify(credential, address));
/** Another key of the same form and the same id. */
const withOtherSecret = (key: string): string => key.slice(0, 20) + makeKey().text.slice(20);

describe('a key that is shown', () => {
  test('is whose it is', async () => {
    const { key, record } = await createKey(place(), ACME);
    await start();
    expect(authenticator.isRequired).toBe(true);
    expect(await identify(key)).toEqual({
      kind: 'key',
      id: `key:${record.id}`,
      tenant: 'acme',
      role: 'tenant',
      scopes: new Set(['sessions', 'jobs']),
    });
  });

  test('is refused with the same words, whether its id or its secret is wrong', async () => {
    const { key } = await createKey(place(), ACME);
    await start();
    const wrongs = [makeKey().text, withOtherSecret(key), key.slice(0, -1), `${key}a`, 'tk_'];
    const said = await Promise.all(
      wrongs.map(async (wrong, at) => {
        const { code, message, details } = await refused(wrong, `198.51.100.${at}`);
        return { code, message, details };
      }),
    );
    expect(new Set(said.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(said[0]).toMatchObject({
      code: 'TENANTRY_UNAUTHORIZED',
      details: { reason: 'unknown-key' },
    });
  });

  test('is refused when it has ended, by its own code', async () => {
    const short = await createKey(place(), { ...ACME, lifetimeMs: 60_000 });
    const back = await createKey(place(), ACME);
    await start();
    await identify(short.key);
    clock.pass(59_999);
    await identify(short.key);
    clock.pass(1);
    expect((await refused(short.key)).code).toBe('TENANTRY_TOKEN_EXPIRED');
    await revokeKey(place(), back.record.id);
    clock.pass(1_000);
    expect(await refused(back.key)).toMatchObject({
      code: 'TENANTRY_UNAUTHORIZED',
      details: { reason: 'revoked', key: back.record.id },
    });
    // To whoever has not the secret it says nothing of that.
    expect((await refused(withOtherSecret(back.key))).details).toEqual({ reason: 'unknown-key' });
  });

  test('is replaced with both good for a while, without a restart', async () => {
    const old = await createKey(place(), ACME);
    await start();
    await identify(old.key);
    const { key } = await rotateKey(place(), old.record.id, 3_600_000);
    clock.pass(1_000);
    expect((await identify(key)).tenant).toBe('acme');
    expect((await identify(old.key)).tenant).toBe('acme');
    clock.pass(3_600_000);
    expect((await identify(key)).tenant).toBe('acme');
    expect((await refused(old.key)).code).toBe('TENANTRY_TOKEN_EXPIRED');
  });

  test('is needed: none at all is refused, and counts as no guess', async () => {
    await createKey(place(), ACME);
    await start();
    for (let time = 0; time < 50; time += 1) {
      expect(await refused(time % 2 === 0 ? undefined : '', HERE)).toMatchObject({
        code: 'TENANTRY_UNAUTHORIZED',
        details: { reason: 'no-credential' },
      });
    }
    expect((await refused('nonsense', HERE)).details).toEqual({ reason: 'not-accepted' });
  });
});

describe('whoever keeps showing bad keys', () => {
  test('is slowed down alone: a good key works behind the same address, and with the same id', async () => {
    const { key } = await createKey(place(), ACME);
    await start();
    const guess = () => refused(withOtherSecret(key));
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect((await guess()).code).toBe('TENANTRY_UNAUTHORIZED');
    for (let attempt = 0; attempt < 200; attempt += 1) {
      expect(await guess()).toMatchObject({
        code: 'TENANTRY_RATE_LIMITED',
        retryAfterMs: 1_000,
        details: { retryAfterMs: 1_000 },
      });
      expect((await identify(key)).tenant).toBe('acme');
    }
    expect((await identify(key, '198.51.100.1')).tenant).toBe('acme');
    expect((await refused(makeKey().text, '198.51.100.1')).code).toBe('TENANTRY_UNAUTHORIZED');
    clock.pass(1_000);
    expect((await guess()).code).toBe('TENANTRY_UNAUTHORIZED');
    expect((await guess()).retryAfterMs).toBe(2_000);
  });

  test('is slowed down also where each guess at an id comes from another address', async () => {
    const { key } = await createKey(place(), ACME);
    await start();
    const codes: string[] = [];
    for (let host = 0; host < 8; host += 1)
      codes.push((await refused(withOtherSecret(key), `198.51.100.${host}`)).code);
    expect(codes.map((code) => code === 'TENANTRY_RATE_LIMITED')).toEqual([
      ...Array.from({ length: 5 }, () => false),
      ...Array.from({ length: 3 }, () => true),
    ]);
    expect((await identify(key)).tenant).toBe('acme');
  });

  test('is told of once for each that is answered, and without the key', async () => {
    const { key } = await createKey(place(), ACME);
    await start();
    for (let attempt = 0; attempt < 100; attempt += 1) await refused(withOtherSecret(key));
    expect(decisions).toHaveLength(5);
    expect(decisions[0]).toEqual({
      outcome: 'refused',
      route: null,
      identity: null,
      tenant: null,
      address: FAR,
      code: 'TENANTRY_UNAUTHORIZED',
      reason: 'unknown-key',
    });
  });
});

describe('a service without authentication', () => {
  test('is open on loopback, to nobody else', async () => {
    await start();
    expect(authenticator.isRequired).toBe(false);
    expect(await identify(undefined, HERE)).toMatchObject({ kind: 'local', role: 'admin' });
    expect((await identify('whatever', '::1')).kind).toBe('local');
    expect((await refused(undefined, FAR)).code).toBe('TENANTRY_UNAUTHORIZED');
  });

  test('is closed by its first key, and not opened by removing the file', async () => {
    await start();
    await identify(undefined, HERE);
    const { key } = await createKey(place(), ACME);
    clock.pass(1_000);
    expect((await refused(undefined, HERE)).code).toBe('TENANTRY_UNAUTHORIZED');
    expect((await identify(key, HERE)).tenant).toBe('acme');
    expect(authenticator.isRequired).toBe(true);
    await rm(keyFileIn(stateDir));
    clock.pass(1_000);
    expect((await refused(undefined, HERE)).code).toBe('TENANTRY_UNAUTHORIZED');
    expect((await refused(key, HERE)).code).toBe('TENANTRY_UNAUTHORIZED');
  });
});

/** The middle of many, taken in turns so that what else the machine does falls on all alike. */
async function mediansNs(...works: readonly (() => unknown)[]): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = 0; round < 2_000; round += 1) {
    for (const [at, work] of works.entries()) {
      const from = process.hrtime.bigint();
      try {
        await work();
      } catch {
        // Refused, as it should be.
      }
      times[at]!.push(Number(process.hrtime.bigint() - from));
    }
  }
  return times.map((own) => own.sort((a, b) => a - b)[own.length / 2]!);
}

describe('how long a refusal takes', () => {
  test('does not tell an unknown id from a wrong secret', async () => {
    const { key, record } = await createKey(place(), ACME);
    const keys: KeysById = new Map([[record.id, { record, digest: digestOf(key) }]]);
    const [wrongSecret, unknownId] = await mediansNs(
      () => identityOfKey(keys, withOtherSecretOf(key), clock.wallMs),
      () => identityOfKey(keys, STRANGER, clock.wallMs),
    );
    expect(unknownId! / wrongSecret!).toBeGreaterThan(0.6);
    expect(unknownId! / wrongSecret!).toBeLessThan(1.6);
  });

  test('does not grow with what is shown: a megabyte is refused unread', async () => {
    await createKey(place(), ACME);
    await start();
    const [mega, small] = [`tk_${'a'.repeat(1_048_576)}`, `tk_${'a'.repeat(9_000)}`];
    expect((await refused(mega)).details).toEqual({ reason: 'too-long' });
    const [megaNs, smallNs] = await mediansNs(
      () => identify(mega),
      () => identify(small),
    );
    // To hash a megabyte takes a hundred times what all of the rest does.
    expect(megaNs! / smallNs!).toBeLessThan(10);
  });
});

const STRANGER = makeKey().text;
const OTHER_SECRET = makeKey().text.slice(20);
const withOtherSecretOf = (key: string): string => key.slice(0, 20) + OTHER_SECRET;

test('nothing of a key is in any error, log line, decision or identity', async () => {
  const secrets: string[] = [];
  const seen: unknown[] = [];
  const keep = (key: string): string => {
    secrets.push(key.slice(20), digestOf(key).toString('hex'));
    return key;
  };
  const [good, short, back] = [
    await createKey(place(), ACME),
    await createKey(place(), { ...ACME, lifetimeMs: 1 }),
    await createKey(place(), ACME),
  ];
  await start();
  await revokeKey(place(), back.record.id);
  clock.pass(1_000);
  seen.push(await identify(keep(good.key)));
  const bad = [short.key, back.key, makeKey().text, withOtherSecret(good.key), `${good.key}x`];
  for (const credential of [
    ...bad,
    keep(`canary-${good.key}`),
    `tk_${good.key}`,
    good.key + good.key.repeat(200),
  ])
    seen.push(await refused(keep(credential)));
  await rm(keyFileIn(stateDir));
  clock.pass(1_000);
  seen.push(await refused(good.key), log.lines, decisions);
  const text = seen
    .map((one) => inspect(one, { depth: 20, showHidden: true }) + JSON.stringify(one))
    .join('\n');
  expect(text).toContain('TENANTRY_UNAUTHORIZED');
  expect(log.lines.length).toBeGreaterThan(0);
  expect(decisions.length).toBeGreaterThan(0);
  expect(secrets.filter((secret) => text.includes(secret.slice(0, 12)))).toEqual([]);
});
