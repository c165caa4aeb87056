import process from 'node:process';
import { afterEach, expect, test } from '@jest/globals';
import { AgentPool } from '../../src/index.js';

const before = process.env['TENANTRY_LOG_LEVEL'];
afterEach(() => {
  if (before === undefined) delete process.env['TENANTRY_LOG_LEVEL'];
  else process.env['TENANTRY_LOG_LEVEL'] = before;
});

test.each(['warning', 'INFO', ''])('a level that is none is refused: "%s"', (level) => {
  process.env['TENANTRY_LOG_LEVEL'] = level;
  expect(() => new AgentPool()).toThrow(
    expect.objectContaining({
      code: 'TENANTRY_OPTIONS_INVALID',
      message: `TENANTRY_LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, received "${level}"`,
    }),
  );
});

test('silent is one', () => {
  process.env['TENANTRY_LOG_LEVEL'] = 'silent';
  expect(new AgentPool().log.level).toBe('silent');
});
