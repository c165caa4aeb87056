import { describe, expect, test } from '@jest/globals';
import { defineAgent, isAgent } from '../../src/host/agent.js';
import type { Session } from '../../src/host/session.js';
import { thrownBy } from '../caught.js';

describe('defineAgent', () => {
  test('makes a frozen agent that runs as a method of its definition', () => {
    const agent = defineAgent({
      name: 'echo',
      run() {
        return this.name;
      },
    });
    expect(isAgent(agent)).toBe(true);
    expect(Object.isFrozen(agent)).toBe(true);
    expect(agent.run({} as Session)).toBe('echo');
  });

  test.each(['', 'a b', '__proto__', 'x'.repeat(65), undefined, 7])(
    'refuses the name %p',
    (name) => {
      const make = (): unknown => defineAgent({ name: name as string, run: () => 1 });
      expect(thrownBy(make).code).toBe('TENANTRY_AGENT_NAME_INVALID');
    },
  );

  test.each([undefined, null, 'run', {}])('refuses run: %p', (run) => {
    const make = (): unknown => defineAgent({ name: 'echo', run: run as () => void });
    expect(thrownBy(make).code).toBe('TENANTRY_AGENT_INVALID');
  });
});

describe('isAgent', () => {
  test('knows an agent of another copy of this package', () => {
    const other = Object.defineProperty(
      { name: 'echo', run: () => 1 },
      Symbol.for('tenantry.agent.v1'),
      { value: true },
    );
    expect(isAgent(other)).toBe(true);
  });

  test.each([
    undefined,
    null,
    'echo',
    () => 1,
    {},
    { name: 'echo', run: () => 1 },
    { ...defineAgent({ name: 'echo', run: () => 1 }) },
    { name: '__proto__', [Symbol.for('tenantry.agent.v1')]: true },
  ])('does not take %p for one', (value) => {
    expect(isAgent(value)).toBe(false);
  });
});
