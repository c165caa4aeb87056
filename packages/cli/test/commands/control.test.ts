import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TenantryError, type ErrorCode } from '@tenantry/core';
import type { ControlReply } from '@tenantry/core/internal';
import { EVIL } from '../fixtures/hostile-snapshot.js';
import { recordedPool, runMain, type RecordedPool } from '../fixtures/recorded-pool.js';
import { runtimeDirectory, runBin } from '../fixtures/run.js';
import { sampleSnapshot, sessionRow, tenantRow } from '../fixtures/sample-snapshot.js';

const SESSION = '3f2a91c0-5b7d-4e6f-8a1b-2c3d4e5f6071';

let pool: RecordedPool;
beforeEach(async () => {
  pool = await recordedPool();
});
afterEach(() => pool.close());

const replyOf = (over: Partial<ControlReply> = {}): ControlReply => ({
  command: 'cap',
  target: 'acme',
  isDryRun: false,
  changed: true,
  before: { maxSessions: 20 },
  after: { maxSessions: 5 },
  said: 'tenant "acme" may run 5 sessions at once',
  ...over,
});

const onTenant = { tenant: 'acme' };
const COMMANDS: readonly (readonly [readonly string[], object])[] = [
  [['isolate', 'acme', '--as', 'thread'], { command: 'isolate', ...onTenant, as: 'thread' }],
  [['isolate', 'acme', '--as', 'process'], { command: 'isolate', ...onTenant, as: 'process' }],
  [
    ['isolate', 'acme', '--as', 'quarantined'],
    { command: 'isolate', ...onTenant, as: 'quarantined' },
  ],
  [['release', 'acme'], { command: 'release', ...onTenant }],
  [['pin', 'acme', 'coroutine'], { command: 'pin', ...onTenant, rung: 'coroutine' }],
  [['pin', 'acme', 'quarantined'], { command: 'pin', ...onTenant, rung: 'quarantined' }],
  [['pin', 'acme', 'none'], { command: 'pin', ...onTenant, rung: null }],
  [['cap', 'acme', '5'], { command: 'cap', ...onTenant, maxSessions: 5 }],
  [['cap', 'acme', '0'], { command: 'cap', ...onTenant, maxSessions: 0 }],
  [['cap', 'acme', 'default'], { command: 'cap', ...onTenant, maxSessions: null }],
  [['trip', 'acme'], { command: 'trip', ...onTenant }],
  [['reset', 'acme'], { command: 'reset', ...onTenant }],
  [['drain'], { command: 'drain', tenant: null, session: null, timeoutMs: null }],
  [
    ['drain', '--tenant', 'acme', '--timeout', '30s'],
    { command: 'drain', ...onTenant, session: null, timeoutMs: 30_000 },
  ],
  [
    ['drain', '--session', '3f2a91c0', '--timeout', '0ms'],
    { command: 'drain', tenant: null, session: '3f2a91c0', timeoutMs: 0 },
  ],
  [
    ['drain', '--timeout', '1.5m'],
    { command: 'drain', tenant: null, session: null, timeoutMs: 90_000 },
  ],
  [['kick', SESSION], { command: 'kick', session: SESSION }],
];

/** One line of each command. */
const EACH = ['isolate', 'release', 'pin', 'cap', 'trip', 'reset', 'drain', 'kick'].map(
  (name) => COMMANDS.find(([[command]]) => command === name)![0],
);

describe('the commands that change a pool', () => {
  test.each(COMMANDS)(
    '%j asks for it, with the user and without a dry run',
    async (args, asked) => {
      pool.reply = () => replyOf();
      const { code, stderr } = await pool.run(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(pool.asked).toEqual([{ ...asked, uid: process.getuid?.() ?? null, dryRun: false }]);
    },
  );

  test.each(EACH)('%s prints the sentence and what changed', async (...args) => {
    pool.reply = () => replyOf({ after: { maxSessions: 5, reason: 'cancelled', tookMs: 1_250 } });
    const { stdout } = await pool.run(args);
    expect(stdout).toBe(
      'tenant "acme" may run 5 sessions at once\nmaxSessions: 20 → 5\nreason: cancelled\ntook: 1.3 s\n',
    );
  });

  test.each(EACH)('%s --json prints the reply as it is', async (...args) => {
    const reply = replyOf({ target: EVIL });
    pool.reply = () => reply;
    const { code, stdout } = await pool.run([...args, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(reply);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test.each(EACH)('%s --dry-run asks what would be done, and says so', async (...args) => {
    pool.reply = () => replyOf({ isDryRun: true });
    const { code, stdout } = await pool.run([...args, '--dry-run']);
    expect(pool.asked).toEqual([expect.objectContaining({ dryRun: true })]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^dry run: tenant "acme" may run 5 sessions at once\n/);
  });

  test.each(EACH)('%s that left no record says so, and is done', async (...args) => {
    pool.reply = () => ({ ...replyOf(), isAudited: false });
    const { code, stderr } = await pool.run(args);
    expect(code).toBe(0);
    expect(stderr).toBe('it is done, but the audit trail has no record of it\n');
    pool.reply = () => ({ ...replyOf(), isAudited: true, isKept: false });
    expect((await pool.run(args)).stderr).toBe(
      'it is done, but the disk refused to keep it: a restart now would undo it\n',
    );
    pool.reply = () => ({ ...replyOf(), isAudited: true, isKept: true });
    expect((await pool.run(args)).stderr).toBe('');
  });

  test('what was so already is done', async () => {
    pool.reply = () => replyOf({ changed: false, after: { maxSessions: 20 } });
    expect(await pool.run(['cap', 'acme', '20'])).toEqual({
      code: 0,
      stdout: 'tenant "acme" may run 5 sessions at once (nothing to change)\n',
      stderr: '',
    });
  });

  test('a drain says how many sessions finished, and how many were ended', async () => {
    const after = { sessions: 0, finished: 2, drained: 1 };
    pool.reply = () =>
      replyOf({ before: { sessions: 3 }, after, said: '2 sessions finished, 1 were ended' });
    const { stdout } = await pool.run(['drain', '--tenant', 'acme']);
    expect(stdout).toBe(
      '2 sessions finished, 1 were ended\nsessions: 3 → 0\nfinished: 2\ndrained: 1\n',
    );
  });

  const CODES: readonly ErrorCode[] = [
    'TENANTRY_TENANT_UNKNOWN',
    'TENANTRY_SESSION_UNKNOWN',
    'TENANTRY_OPTIONS_INVALID',
    'TENANTRY_ISOLATES_MISSING',
  ];
  test.each(EACH.flatMap((args) => CODES.map((code) => [args, code] as const)))(
    '%j refused with %s ends with 1',
    async (args, code) => {
      pool.reply = ({ command }) =>
        command === 'snapshot' ? undefined : new TenantryError(code, 'it may not be');
      expect(await pool.run(args)).toEqual({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(
          new RegExp(`^tenantry: it may not be(?:; did you mean ".*"\\?)? \\(${code}\\)\n$`),
        ),
      });
    },
  );
});

describe('an unknown name', () => {
  const unknown = (code: ErrorCode, message: string): void => {
    pool.reply = ({ command }) =>
      command === 'snapshot'
        ? sampleSnapshot({
            tenants: [tenantRow(), tenantRow({ tenant: 'globex' })],
            sessions: [sessionRow({ session: SESSION })],
          })
        : new TenantryError(code, message);
  };

  test.each([
    ['acem', '; did you mean "acme"?'],
    ['GLOBEX', '; did you mean "globex"?'],
    ['umbrella', ''],
  ])('%s of a tenant: the nearest one is named, where one is near', async (name, said) => {
    unknown('TENANTRY_TENANT_UNKNOWN', `tenant "${name}": none is known`);
    const { code, stderr } = await pool.run(['release', name]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `tenantry: tenant "${name}": none is known${said} (TENANTRY_TENANT_UNKNOWN)\n`,
    );
  });

  test('of a session: the one that begins nearly so', async () => {
    unknown('TENANTRY_SESSION_UNKNOWN', 'session "3f2a91d0": none is known');
    const { stderr } = await pool.run(['kick', '3f2a91d0']);
    expect(stderr).toContain(`; did you mean "${SESSION}"?`);
  });

  test('is a refusal also where the pool then tells nothing more', async () => {
    const gone = new TenantryError('TENANTRY_TENANT_UNKNOWN', 'tenant "acem": none is known');
    pool.reply = ({ command }) => (command === 'snapshot' ? { nonsense: true } : gone);
    expect(await pool.run(['release', 'acem'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'tenantry: tenant "acem": none is known (TENANTRY_TENANT_UNKNOWN)\n',
    });
  });
});

describe('wrong usage', () => {
  test.each([
    [['isolate', 'acme'], "required option '--as <rung>' not specified"],
    [['isolate', 'acme', '--as', 'coroutine'], 'Allowed choices are thread, process, quarantined'],
    [['isolate', 'acme', '--as', 'cellar'], 'Allowed choices are thread, process, quarantined'],
    [['isolate', '--as', 'thread'], "missing required argument 'tenant'"],
    [['isolate', 'ac me', '--as', 'thread'], 'expected 1 to 128 letters'],
    [['release', ''], 'expected 1 to 128 letters'],
    [['release', '__proto__'], 'expected 1 to 128 letters'],
    [['release', 'a'.repeat(129)], 'expected 1 to 128 letters'],
    [['release', 'acme', 'globex'], 'too many arguments'],
    [['pin', 'acme'], "missing required argument 'rung'"],
    [
      ['pin', 'acme', 'cellar'],
      'Allowed choices are coroutine, thread, process, quarantined, none',
    ],
    [['cap', 'acme'], "missing required argument 'cap'"],
    [['cap', 'acme', 'x'], 'Expected a whole number from 0 to 1000000, or default'],
    [['cap', 'acme', '-1'], 'Expected a whole number'],
    [['cap', 'acme', '1.5'], 'Expected a whole number'],
    [['cap', 'acme', '1e3'], 'Expected a whole number'],
    [['cap', 'acme', ''], 'Expected a whole number'],
    [['cap', 'acme', '1000001'], 'Expected a whole number'],
    [['trip'], "missing required argument 'tenant'"],
    [['trip', '../acme'], 'expected 1 to 128 letters'],
    [['reset'], "missing required argument 'tenant'"],
    [['drain', 'acme'], 'too many arguments'],
    [['drain', '--tenant', 'acme', '--session', SESSION], 'cannot be used with option'],
    [['drain', '--session', SESSION, '--tenant', 'acme'], 'cannot be used with option'],
    [['drain', '--tenant', 'a/b'], 'expected 1 to 128 letters'],
    [['drain', '--session', '3f2a'], 'at least its first 8 characters'],
    [['drain', '--timeout', 'soon'], 'Expected a time such as 500ms, 30s or 2m'],
    [['drain', '--timeout', '30'], 'Expected a time such as 500ms, 30s or 2m'],
    [['drain', '--timeout', '-5s'], 'Expected a time such as 500ms, 30s or 2m'],
    [['drain', '--timeout', ''], 'Expected a time such as 500ms, 30s or 2m'],
    [['drain', '--timeout', '25h'], 'at most 24h'],
    [['kick'], "missing required argument 'session'"],
    [['kick', '3f2a91c'], 'at least its first 8 characters'],
    [['kick', '3f2a91c0 '], 'at least its first 8 characters'],
    [['kick', '3f2a91c0\u001b[2J'], 'at least its first 8 characters'],
    [['kick', 'a'.repeat(129)], 'at least its first 8 characters'],
  ])('%j ends with 2 and asks nobody', async (args, said) => {
    const { code, stdout, stderr } = await pool.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(stderr).toMatch(/^tenantry: .*\(TENANTRY_[A-Z_]+\)\n/);
    expect(stderr.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(pool.asked).toEqual([]);
  });
});

describe('where there is no pool, or one that is not to be trusted', () => {
  test.each(EACH)('%s ends with 1 where nobody listens', async (...args) => {
    const { code, stdout, stderr } = await runMain([...args, '--socket', '/nowhere/at.sock']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('(TENANTRY_RUNTIME_NONE)');
  });

  test.each([
    ['no object', 7],
    ['no sentence', { ...replyOf(), said: 1 }],
    ['a list of changes', { ...replyOf(), after: [] }],
    ['no word on whether it changed', { ...replyOf(), changed: 'yes' }],
  ])('a reply that is %s ends with 1', async (_, reply) => {
    pool.reply = () => reply;
    const { code, stdout, stderr } = await pool.run(['release', 'acme']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('(TENANTRY_INSPECTOR_REPLY_INVALID)');
  });

  test('what a reply says moves no cursor, and has colours nowhere', async () => {
    const evil = { [EVIL]: EVIL };
    pool.reply = () => replyOf({ said: EVIL, before: {}, after: evil });
    for (const env of [{ NO_COLOR: '1' }, { FORCE_COLOR: '1' }]) {
      const { stdout } = await pool.run(['release', 'acme'], { columns: 80, env });
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(stdout).toContain('evil');
    }
  });

  test.each([20, 80, 200])('no line is wider than %d columns', async (columns) => {
    const long = 'tenant "acme" runs its next sessions in a process of its own, for a minute';
    pool.reply = () =>
      replyOf({ said: long, before: { rung: 'coroutine' }, after: { rung: long } });
    const { stdout } = await pool.run(['release', 'acme'], { columns });
    const widest = Math.max(...stdout.split('\n').map((line) => line.length));
    expect(widest).toBeLessThanOrEqual(columns);
    expect(stdout.replaceAll('\n', ' ')).toContain('for a minute');
  });

  test('a dumb terminal gets ASCII', async () => {
    pool.reply = () => replyOf();
    const { stdout } = await pool.run(['release', 'acme'], { columns: 80, env: { TERM: 'dumb' } });
    expect(stdout).toContain('maxSessions: 20 -> 5');
  });
});

const ON_TENANT: readonly (readonly string[])[] = [
  ['isolate', '<tenant>', '--as', 'thread'],
  ['release', '<tenant>'],
  ['pin', '<tenant>', 'thread'],
  ['pin', '<tenant>', 'none'],
  ['cap', '<tenant>', '3'],
  ['trip', '<tenant>'],
  ['reset', '<tenant>'],
  ['drain', '--tenant', '<tenant>'],
  ['explain', '<tenant>'],
];

describe('a pool that runs', () => {
  test('refuses every act on a tenant or session that it does not know, and goes on', async () => {
    const runtime = await runtimeDirectory();
    try {
      await runtime.startPool('voice');
      const ran = (args: readonly string[]) => runBin(args, runtime.env());
      const naming = (args: readonly string[], name: string) =>
        args.map((arg) => (arg === '<tenant>' ? name : arg));
      const before = JSON.parse((await ran(['snapshot', '--json'])).stdout) as {
        totals: object;
        tenants: { tenant: string }[];
      };
      const acts = [
        ...ON_TENANT.map((args) => [naming(args, 'acne'), 'tenant "acne"'] as const),
        [['trip', 'acne', '--dry-run'], 'tenant "acne"'] as const,
        [['kick', 'no-such-session'], 'session "no-such-session"'] as const,
        [['drain', '--session', 'no-such-session'], 'session "no-such-session"'] as const,
      ];
      for (const [args, who] of acts) {
        const { code, stdout, stderr } = await ran(args);
        expect([args, code, stdout]).toEqual([args, 1, '']);
        expect(stderr).toContain(who);
        expect(stderr).toMatch(/^tenantry: [^\n]*\(TENANTRY_(TENANT|SESSION)_UNKNOWN\)\n$/);
      }
      const after = JSON.parse((await ran(['snapshot', '--json'])).stdout) as typeof before;
      expect(after.totals).toMatchObject({ activeSessions: 3 });
      expect(after.tenants.map(({ tenant }) => tenant)).toEqual(
        before.tenants.map(({ tenant }) => tenant),
      );
    } finally {
      await runtime.remove();
    }
  }, 60_000);

  test.each([
    ['a\u001b[2Jb', /letters, digits/],
    ['a\nb', /letters, digits/],
    ['a\u202eb', /letters, digits/],
    ['../etc', /letters, digits/],
    ['x'.repeat(200), /128/],
  ])('is not asked about a tenant named like %j', async (name, why) => {
    for (const args of [
      ['cap', name, '3'],
      ['drain', '--tenant', name],
    ]) {
      const { code, stdout, stderr } = await runMain(args, {});
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(why);
      expect(stderr).not.toContain('\u001b');
      expect(stderr).not.toContain('\u202e');
    }
  });

  test.each(['-1', 'NaN', '1e9', '1.5', '', '1000001', '0x10', ' '])(
    'is not asked for a cap of %j',
    async (cap) => {
      const { code, stdout, stderr } = await runMain(['cap', 'acme', '--', cap], {});
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/1000000|1,000,000/);
    },
  );

  test('has its cap changed, a session kicked and a tenant drained', async () => {
    const runtime = await runtimeDirectory();
    try {
      await runtime.startPool('voice');
      const ran = (...args: string[]) => runBin(args, runtime.env());
      expect(await ran('cap', 'acme', '7', '--dry-run')).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^dry run: .*\nmaxSessions: 2 → 7\n$/),
      });
      expect((await ran('cap', 'acme', '7')).stdout).toContain('maxSessions: 2 → 7');
      expect((await ran('cap', 'acme', '7')).stdout).toContain('(nothing to change)');

      const { sessions } = JSON.parse((await ran('snapshot', '--json')).stdout) as {
        sessions: { session: string; tenant: string }[];
      };
      const { session } = sessions.find(({ tenant }) => tenant === 'acme')!;
      const kicked = await ran('kick', session.slice(0, 8));
      expect(kicked).toMatchObject({ code: 0, stderr: '' });
      expect(kicked.stdout).toContain(`session ${session} of tenant "acme"`);
      expect(await ran('kick', session)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('(TENANTRY_SESSION_UNKNOWN)'),
      });

      const drained = await ran('drain', '--tenant', 'acme', '--timeout', '0ms', '--json');
      expect(JSON.parse(drained.stdout)).toMatchObject({
        target: 'acme',
        before: { sessions: 1 },
        after: { sessions: 0, finished: 0, drained: 1 },
      });
    } finally {
      await runtime.remove();
    }
  });
});
