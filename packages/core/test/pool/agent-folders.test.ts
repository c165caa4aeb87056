import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { AgentReload } from '../../src/pool/agent-folders.js';

interface Step {
  readonly reload: AgentReload | string;
  readonly results: Readonly<Record<string, string>>;
  readonly agentGeneration?: number;
}

const HOST = fileURLToPath(new URL('reloading-host.js', import.meta.url));
let steps: Readonly<Record<string, Step>>;
beforeAll(async () => {
  const env = { ...process.env, TENANTRY_LOG_LEVEL: 'silent' };
  const { stdout } = await promisify(execFile)(process.execPath, [HOST], { env });
  steps = JSON.parse(stdout) as typeof steps;
});

const NOTHING = { changed: [], added: [], removed: [], failed: [] };

describe('a folder that is looked at again', () => {
  test('has nothing new where no file is another', () => {
    expect(steps['same']).toEqual({
      reload: { generation: 0, ...NOTHING },
      results: { one: 'old', two: 'old' },
    });
  });

  test('gives newer code to sessions to come', () => {
    expect(steps['newer']).toEqual({
      reload: { generation: 1, ...NOTHING, changed: ['one'] },
      results: { one: 'new', two: 'old' },
      agentGeneration: 1,
    });
  });

  test('keeps old code where the new does not load, once said; and takes what loads after it', () => {
    const code = 'TENANTRY_AGENT_LOAD_FAILED';
    expect(steps['broken']).toMatchObject({
      reload: { generation: 1, changed: [], failed: [{ file: 'one.mjs', code }] },
      results: { one: 'new' },
    });
    expect(steps['told']).toMatchObject({ reload: { generation: 1, ...NOTHING } });
    expect(steps['mended']).toMatchObject({
      reload: { generation: 2, changed: ['one'] },
      results: { one: 'newest' },
    });
  });

  test('has files come, go and be renamed', () => {
    expect(steps['moved']).toMatchObject({
      reload: { ...NOTHING, changed: ['one'], added: ['three'], removed: ['two'] },
      results: { one: 'newest', three: 'new' },
    });
  });

  test('has an agent called otherwise; a name that is taken is refused', () => {
    expect(steps['renamed']).toMatchObject({ reload: { added: ['uno'], removed: ['one'] } });
    expect(steps['taken']).toMatchObject({
      reload: { removed: [], failed: [{ file: 'first.mjs', code: 'TENANTRY_AGENT_DUPLICATE' }] },
      results: { uno: 'new', three: 'new' },
    });
  });

  test('is loaded so often, and no more: Node keeps every module', () => {
    // 256 in all, some of them in the steps before.
    const last = Number(steps['bound']!.results['uno']);
    expect(last).toBeGreaterThan(200);
    expect(last).toBeLessThan(255);
  });

  test('has to have been discovered, and to be there', () => {
    expect(steps['unknown']).toBe('TENANTRY_OPTIONS_INVALID');
    expect(steps['gone']).toMatchObject({
      reload: 'TENANTRY_AGENT_PATH_REFUSED',
      results: { three: 'new' },
    });
  });
});
