import { expect, test } from '@jest/globals';
import type { Authenticator } from '../../src/auth/authenticator.js';
import { startGateway } from './started-gateway.js';

/** The credential is the tenant. */
const byName: Authenticator = {
  identify: ({ credential = '' }) =>
    Promise.resolve({
      kind: 'key',
      id: credential,
      tenant: credential,
      role: 'tenant',
      scopes: new Set(['jobs'] as const),
    }),
};

test('a job is submitted, looked at by its tenant only, and kept under its key', async () => {
  await using gateway = await startGateway({
    authenticator: byName,
    pool: { jobs: { durable: false, maxQueuedPerTenant: 1, retry: { maxAttempts: 1 } } },
  });
  const { url, pool } = gateway;
  const ask = async (
    tenant: string,
    path: string,
    body?: object,
    key = '',
  ): Promise<{
    readonly status: number;
    readonly body: Record<string, unknown>;
    readonly headers: Headers;
  }> => {
    const reply = await fetch(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${tenant}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === '' ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const { status, headers } = reply;
    return { status, headers, body: (await reply.json()) as Record<string, unknown> };
  };

  const submitted = await ask('acme', '/v1/jobs', { agent: 'echo' }, 'order-7');
  expect(submitted).toMatchObject({ status: 202, body: { state: 'queued', tenant: 'acme' } });
  const where = submitted.headers.get('location')!;
  await pool.jobs.settled(submitted.body['id'] as string);
  expect(await ask('acme', where)).toMatchObject({ status: 200, body: { result: { turns: 0 } } });
  expect(await ask('globex', where)).toMatchObject({
    status: 404,
    body: { code: 'TENANTRY_JOB_UNKNOWN' },
  });
  const again = await ask('acme', '/v1/jobs', { agent: 'echo' }, 'order-7');
  expect(again.body['id']).toBe(submitted.body['id']);
  const reused = await ask('acme', '/v1/jobs', { agent: 'fails' }, 'order-7');
  expect(reused.status).toBe(409);

  const failing = await ask('acme', '/v1/jobs', { agent: 'fails', input: { n: 1 } });
  await pool.jobs.settled(failing.body['id'] as string);
  const dead = await ask('acme', `/v1/jobs/${failing.body['id'] as string}`);
  expect(dead.body).toMatchObject({ state: 'dead_letter', input: { n: 1 } });
  expect(JSON.stringify(dead.body)).toContain('as intended');
  expect(JSON.stringify(dead.body)).not.toContain('started-gateway');

  const big = { agent: 'echo', input: 'x'.repeat(70_000) };
  expect(await ask('acme', '/v1/jobs', big)).toMatchObject({ status: 413 });
  pool.remove('deaf');
  expect(await ask('acme', '/v1/jobs', { agent: 'deaf' })).toMatchObject({ status: 422 });
  await pool.jobs.submit({ tenant: 'acme', agent: 'echo', delayMs: 60_000 });
  const full = await ask('acme', '/v1/jobs', { agent: 'echo' });
  expect([full.status, full.headers.get('retry-after')]).toEqual([429, '1']);
});
