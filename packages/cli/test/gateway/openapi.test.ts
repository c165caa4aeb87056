import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { post } from './calls.js';
import { startGateway, type StartedGateway } from './started-gateway.js';

interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}
interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

let started: StartedGateway;
let description: Description;
beforeAll(async () => {
  started = await startGateway({
    jobs: {
      submit: ({ tenant = 'default' }) => Promise.resolve(job(tenant)),
      get: () => Promise.resolve(job('default')),
    },
  });
  description = (await (await fetch(`${started.url}/openapi.json`)).json()) as Description;
});
afterAll(async () => started[Symbol.asyncDispose]());

const job = (tenant: string) => ({
  id: 'j-1',
  tenant,
  agent: 'echo',
  state: 'queued',
  isDurable: true,
  attempts: [{ error: { message: 'no', stack: 'at secret.ts:1' } }],
});

/** A schema of the description as what can check a value, with the named ones beside it. */
function checker(schema: object): z.ZodType {
  const text = JSON.stringify({ ...schema, $defs: description.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('#/components/schemas/', '#/$defs/')));
}

describe('/openapi.json', () => {
  test('is OpenAPI 3.1, has every route, and each reference leads somewhere', () => {
    expect(description.openapi).toBe('3.1.0');
    const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(operations.sort()).toEqual([
      'DELETE /v1/sessions/{session}',
      'GET /healthz',
      'GET /metrics',
      'GET /openapi.json',
      'GET /readyz',
      'GET /v1/events',
      'GET /v1/explain/{name}',
      'GET /v1/jobs/{job}',
      'GET /v1/me',
      'GET /v1/sessions/{session}',
      'GET /v1/snapshot',
      'POST /v1/control',
      'POST /v1/jobs',
      'POST /v1/sessions',
    ]);
    const text = JSON.stringify(description);
    const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, to]) => to!);
    expect(references.length).toBeGreaterThan(10);
    for (const to of references) {
      expect(to).toMatch(/^#\/components\/schemas\//);
      expect(Object.keys(description.components.schemas)).toContain(to.split('/').at(-1));
    }
  });

  test('real answers are as it says', async () => {
    const { url } = started;
    const asked: [string, string, Promise<Response>][] = [
      ['/v1/sessions', 'post', post(`${url}/v1/sessions`, { agent: 'echo' })],
      ['/v1/sessions', 'post', post(`${url}/v1/sessions`, { agent: 'none' })],
      ['/healthz', 'get', fetch(`${url}/healthz`)],
      ['/readyz', 'get', fetch(`${url}/readyz`)],
      ['/v1/me', 'get', fetch(`${url}/v1/me`)],
      ['/v1/snapshot', 'get', fetch(`${url}/v1/snapshot`)],
      ['/v1/explain/{name}', 'get', fetch(`${url}/v1/explain/default`)],
      ['/v1/control', 'post', post(`${url}/v1/control`, { command: 'reset', tenant: 'default' })],
      ['/v1/jobs', 'post', post(`${url}/v1/jobs`, { agent: 'echo' })],
      ['/v1/jobs/{job}', 'get', fetch(`${url}/v1/jobs/j-1`)],
    ];
    for (const [path, method, answer] of asked) {
      const response = await answer;
      const body: unknown = await response.json();
      const reply = description.paths[path]![method]!.responses[response.status]!;
      expect([path, Object.keys(reply.content)]).toEqual([
        path,
        [response.headers.get('content-type')],
      ]);
      const { schema } = Object.values(reply.content)[0]!;
      expect([path, checker(schema).safeParse(body).error?.issues ?? []]).toEqual([path, []]);
      expect(JSON.stringify(body)).not.toContain('secret.ts');
    }
  });
});
