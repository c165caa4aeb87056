import { describe, expect, test } from '@jest/globals';
import { resolveAgent, type KnownAgents, type Router } from '../../src/pool/routing.js';
import { thrownBy } from '../caught.js';

const agentsOf = (...names: string[]): KnownAgents => ({
  has: (name) => names.includes(name),
  names: () => names,
});
const KNOWN = agentsOf('first', 'support', 'voice', 'voice-eu');

interface Asked {
  readonly agent?: string;
  readonly metadata?: Record<string, unknown>;
  readonly router?: Router;
  readonly scoped?: boolean;
  readonly agents?: KnownAgents;
}

const resolve = ({ agent, metadata = {}, router, scoped = false, agents = KNOWN }: Asked): string =>
  resolveAgent({ tenant: 'acme', agent, metadata }, agents, {
    router,
    acceptOnlyRegistered: scoped,
  });

const everything = { agent: 'voice', demo: 'support', room: 'voice-eu-42' };

describe('the routing chain', () => {
  test.each<readonly [string, Asked, string]>([
    [
      'the named agent',
      { agent: 'support', metadata: everything, router: () => 'voice' },
      'support',
    ],
    ['the router', { metadata: everything, router: () => 'support' }, 'support'],
    [
      'metadata.agent where the router leaves it',
      { metadata: everything, router: () => undefined },
      'voice',
    ],
    ['metadata.agent', { metadata: everything }, 'voice'],
    ['metadata.demo', { metadata: { demo: 'support', room: 'voice-1' } }, 'support'],
    [
      'metadata.demo where agent is null',
      { metadata: { agent: null, demo: 'support' } },
      'support',
    ],
    ['the room’s prefix', { metadata: { room: 'support-42' } }, 'support'],
    ['the longest prefix', { metadata: { room: 'voice-eu-42' } }, 'voice-eu'],
    [
      'the shorter prefix where the longer does not fit',
      { metadata: { room: 'voice-europe' } },
      'voice',
    ],
    ['the first where the room only begins alike', { metadata: { room: 'supporter-42' } }, 'first'],
    ['the first where the room is the bare name', { metadata: { room: 'support' } }, 'first'],
    ['the first where the room is no text', { metadata: { room: ['support-42'] } }, 'first'],
    ['the first where nothing is said', {}, 'first'],
    [
      'the room’s owner where scoping is on',
      { scoped: true, metadata: { room: 'voice-1' } },
      'voice',
    ],
    ['a named agent where scoping is on', { scoped: true, agent: 'voice' }, 'voice'],
  ])('gives the session to %s', (_name, asked, agent) => {
    expect(resolve(asked)).toBe(agent);
  });

  test.each<readonly [string, Asked, string]>([
    [
      'an unknown name in the request',
      { agent: 'nobody', metadata: everything },
      'TENANTRY_AGENT_UNKNOWN',
    ],
    [
      'an unknown name of the router',
      { router: () => 'nobody', metadata: everything },
      'TENANTRY_AGENT_UNKNOWN',
    ],
    [
      'an unknown metadata.agent',
      { metadata: { agent: 'nobody', demo: 'voice' } },
      'TENANTRY_AGENT_UNKNOWN',
    ],
    [
      'an unknown metadata.demo',
      { metadata: { demo: 'nobody', room: 'voice-1' } },
      'TENANTRY_AGENT_UNKNOWN',
    ],
    ['a malformed name in the request', { agent: '../x' }, 'TENANTRY_AGENT_NAME_INVALID'],
    ['the empty name', { agent: '' }, 'TENANTRY_AGENT_NAME_INVALID'],
    ['a malformed metadata.agent', { metadata: { agent: 7 } }, 'TENANTRY_AGENT_NAME_INVALID'],
    ['__proto__', { metadata: { agent: '__proto__' } }, 'TENANTRY_AGENT_NAME_INVALID'],
    ['no agent at all', { agents: agentsOf() }, 'TENANTRY_AGENT_NONE'],
    [
      'a room of nobody, scoped',
      { scoped: true, metadata: { room: 'x-1' } },
      'TENANTRY_JOB_NOT_OURS',
    ],
    ['no room, scoped', { scoped: true }, 'TENANTRY_JOB_NOT_OURS'],
    ['an unknown name, scoped', { scoped: true, agent: 'nobody' }, 'TENANTRY_JOB_NOT_OURS'],
    [
      'a router that answers a number',
      { router: (() => 7) as unknown as Router },
      'TENANTRY_ROUTER_FAILED',
    ],
    [
      'an asynchronous router',
      { router: (async () => 'voice') as unknown as Router },
      'TENANTRY_ROUTER_FAILED',
    ],
    [
      'a router that throws',
      {
        router: () => {
          throw new Error('own');
        },
      },
      'TENANTRY_ROUTER_FAILED',
    ],
  ])('refuses %s', (_name, asked, code) => {
    expect(thrownBy(() => resolve(asked)).code).toBe(code);
  });

  test('reads only what the metadata itself says', () => {
    const metadata = Object.create({ agent: 'voice' }) as Record<string, unknown>;
    expect(resolve({ metadata })).toBe('first');
  });

  test('tells the registered names with an unknown one, and the router’s error as cause', () => {
    const unknown = thrownBy(() => resolve({ agent: 'nobody' }));
    expect(unknown.message).toBe(
      'agent "nobody" is not registered (registered: first, support, voice, voice-eu)',
    );
    const error = new Error('own');
    const failed = thrownBy(() =>
      resolve({
        router: () => {
          throw error;
        },
      }),
    );
    expect(failed.cause).toBe(error);
  });

  test('tells the router the tenant and the metadata', () => {
    const seen: unknown[] = [];
    resolve({ metadata: { room: 'voice-1' }, router: (request) => void seen.push(request) });
    expect(seen).toEqual([{ tenant: 'acme', agent: undefined, metadata: { room: 'voice-1' } }]);
  });
});
