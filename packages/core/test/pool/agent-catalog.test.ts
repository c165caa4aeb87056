import { describe, expect, test } from '@jest/globals';
import { AgentCatalog } from '../../src/pool/agent-catalog.js';
import { thrownBy } from '../caught.js';
import { agentOf, echo } from './test-pool.js';

describe('the agent catalog', () => {
  test('keeps agents in the order they came', () => {
    const catalog = new AgentCatalog();
    for (const name of ['zeta', 'alpha', '7'])
      catalog.add(
        agentOf(name, () => 1),
        undefined,
      );
    expect([...catalog.names()]).toEqual(['zeta', 'alpha', '7']);
    expect(catalog.remove('alpha')).toBe(true);
    expect(catalog.remove('alpha')).toBe(false);
    expect(catalog.list().map(({ agent }) => agent.name)).toEqual(['zeta', '7']);
  });

  test('refuses a second agent of the same name and keeps the first', () => {
    const catalog = new AgentCatalog();
    catalog.add(echo, undefined);
    expect(
      thrownBy(() =>
        catalog.add(
          agentOf('echo', () => 2),
          undefined,
        ),
      ).code,
    ).toBe('TENANTRY_AGENT_DUPLICATE');
    expect(catalog.agentOf('echo')).toBe(echo);
  });

  test.each([undefined, null, 'echo', { name: 'echo', run: () => 1 }, () => 1])(
    'refuses %p',
    (value) => {
      expect(thrownBy(() => new AgentCatalog().add(value, undefined)).code).toBe(
        'TENANTRY_AGENT_INVALID',
      );
    },
  );

  test.each(['', './echo.js', 'https://example.org/echo.js', 7, null])(
    'refuses the url %p',
    (url) => {
      const error = thrownBy(() => new AgentCatalog().add(echo, url as string));
      expect(error.code).toBe('TENANTRY_OPTIONS_INVALID');
      expect(error.message).toContain('url of agent "echo": expected a file URL');
    },
  );

  test('answers the module an isolate loads, or that there is none', () => {
    const catalog = new AgentCatalog();
    catalog.add(echo, 'file:///agents/echo.js');
    catalog.add(
      agentOf('here-only', () => 1),
      undefined,
    );
    expect(catalog.moduleOf('echo')).toEqual({ url: 'file:///agents/echo.js' });
    expect(thrownBy(() => catalog.moduleOf('here-only')).code).toBe('TENANTRY_AGENT_NOT_PORTABLE');
    expect(thrownBy(() => catalog.moduleOf('toString')).code).toBe('TENANTRY_AGENT_UNKNOWN');
  });
});
