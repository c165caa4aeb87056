/** Requests of tests to a started gateway. */
import { expect } from '@jest/globals';
import type { OpenedSession } from '@tenantry/core/client';
import type { StartedGateway } from './started-gateway.js';

export function post(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

export async function openSession(
  { url }: Pick<StartedGateway, 'url'>,
  body: object = { agent: 'echo' },
  headers: Readonly<Record<string, string>> = {},
): Promise<OpenedSession> {
  const response = await post(`${url}/v1/sessions`, body, headers);
  const opened: unknown = await response.json();
  expect([response.status, opened]).toEqual([201, expect.anything()]);
  return opened as OpenedSession;
}

/** Status and code of what was refused. */
export async function refusal(answer: Promise<Response>): Promise<[number, unknown]> {
  const response = await answer;
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem['status']).toBe(response.status);
  expect(problem['requestId']).toBe(response.headers.get('x-request-id'));
  return [response.status, problem['code']];
}
