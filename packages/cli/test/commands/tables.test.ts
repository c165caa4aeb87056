/** `tenantry tenants` and `tenantry sessions`: one table of the snapshot each. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SessionRow, TenantRow } from '@tenantry/core/snapshot';
import { runBin, runtimeDirectory, type Ran, type RuntimeDirectory } from '../fixtures/run.js';

let runtime: RuntimeDirectory;
let empty: RuntimeDirectory;

beforeAll(async () => {
  [runtime, empty] = await Promise.all([runtimeDirectory(), runtimeDirectory()]);
  await runtime.startPool('voice');
});
afterAll(() => Promise.all([runtime.remove(), empty.remove()]));

const ran = (...args: readonly string[]): Promise<Ran> => runBin(args, runtime.env());
const failure = (message: string): Ran => ({
  stdout: '',
  stderr: `tenantry: ${message}\n`,
  code: 1,
});

describe('tenantry tenants', () => {
  test('is the table of the tenants and nothing else', async () => {
    const { stdout, stderr, code } = await ran('tenants');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/│ acme +│ coroutine │ +2\/2 │/);
    expect(stdout).toMatch(/│ globex +│ coroutine │ +1\/- │/);
    expect(stdout).not.toContain('main');
  });

  test('--json has its rows', async () => {
    const { stdout } = await ran('tenants', '--json');
    const { tenants, ...rest } = JSON.parse(stdout) as { tenants: TenantRow[] };
    expect(tenants.map(({ tenant }) => tenant).toSorted()).toEqual(['acme', 'globex']);
    expect(rest).toEqual({ schemaVersion: 2, takenAtMs: expect.any(Number) });
  });
});

describe('tenantry sessions', () => {
  const rows = async (...args: readonly string[]): Promise<SessionRow[]> => {
    const { stdout } = await ran('sessions', '--json', ...args);
    return (JSON.parse(stdout) as { sessions: SessionRow[] }).sessions;
  };

  test('is the table of the sessions and nothing else', async () => {
    const { stdout, stderr, code } = await ran('sessions');
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout.match(/│ [0-9a-f]{8} │ (?:acme|globex) +│ echo +│/g)).toHaveLength(3);
    expect(stdout).not.toContain('refused');
  });

  test('is narrowed to a tenant and to an agent', async () => {
    expect((await rows()).map(({ tenant }) => tenant).toSorted()).toEqual([
      'acme',
      'acme',
      'globex',
    ]);
    expect((await rows('--tenant', 'globex')).map(({ tenant }) => tenant)).toEqual(['globex']);
    expect(await rows('--agent', 'echo')).toHaveLength(3);
    expect(await rows('--agent', 'echo', '--tenant', 'acme')).toHaveLength(2);
  });

  test('that nobody has is said, and whose', async () => {
    const none = 'no session of tenant "acme" of agent "fails" runs in pool "voice"';
    expect(await ran('sessions', '--tenant', 'acme', '--agent', 'fails')).toEqual(failure(none));
    const tenant = 'pool "voice" has no tenant "acne"; did you mean "acme"?';
    expect(await ran('sessions', '--tenant', 'acne', '--json')).toEqual(failure(tenant));
    const agent = 'pool "voice" has no agent "fail"; did you mean "fails"?';
    expect(await ran('sessions', '--agent', 'fail')).toEqual(failure(agent));
  });
});

test.each([
  [['tenants'], 1, 'TENANTRY_RUNTIME_NONE'],
  [['sessions'], 1, 'TENANTRY_RUNTIME_NONE'],
  [['sessions', '--tenant', 'a b'], 2, 'TENANTRY_TENANT_ID_INVALID'],
  [['sessions', '--agent', 'a b'], 2, 'TENANTRY_AGENT_NAME_INVALID'],
  [['tenants', 'acme'], 2, 'too many arguments'],
])('%j beside no pool ends with %i and says why', async (args, code, said) => {
  const refused = await runBin(args, empty.env());
  expect([refused.code, refused.stdout]).toEqual([code, '']);
  expect(refused.stderr).toContain(said);
});
