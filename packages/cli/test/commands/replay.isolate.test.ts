/** Recorded sessions replayed by the real command. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { REPLAY_RUNGS, recordedFolder, type RecordedFolder } from '../fixtures/recorded-session.js';
import { runBin } from '../fixtures/run.js';

const TIMEOUT_MS = 120_000;
const FAILS = [{ item: 'a', quantity: 2 }, { item: 'b', quantity: 3 }, { item: 'c' }];

let folder: RecordedFolder;
beforeAll(async () => {
  folder = await recordedFolder();
}, TIMEOUT_MS);
afterEach(() => folder.restore());
afterAll(() => folder.runtime.remove());

interface Report {
  readonly verdict: string;
  readonly divergedAt: number | null;
  readonly why: string;
  readonly attempts: readonly { call: string; target: string; where: string; count: number }[];
  readonly audited: string;
}
const reportOf = ({ stdout }: { stdout: string }): Report => JSON.parse(stdout) as Report;

describe.each(REPLAY_RUNGS)('a session that failed on the rung %s', (rung) => {
  test(
    'is reproduced without its side effects; what it tries is refused and told',
    async () => {
      const file = await folder.record(`fails-${rung}`, rung, FAILS);
      const priced = await folder.pricedCount();
      const again = await folder.bin(file);
      expect(again).toMatchObject({ code: 0, stderr: '' });
      expect(again.stdout).toMatch(/^reproduced: 2 messages and the end are the same/);
      expect(again.stdout).toContain('failed with TypeError: an order has no quantity');
      expect(again.stdout).toContain('effects: 3 of 3 answered from the recording');
      expect(await folder.pricedCount()).toBe(priced);

      const made = folder.path(`made-${rung}`);
      const writes = await folder.record(`writes-${rung}`, rung, [
        { item: 'a', quantity: 1 },
        { item: 'b', quantity: 1, folder: made },
      ]);
      await folder.change(
        'if (order.folder) mkdirSync(order.folder',
        `if (order.folder) await fetch('http://127.0.0.1:9/?key=1').catch(() => {}), mkdirSync('${made}-2'`,
      );
      const refused = await folder.replay(writes, '--force', '--json');
      expect(refused.code).toBe(1);
      const report = reportOf(refused);
      expect(report).toMatchObject({ verdict: 'diverged', divergedAt: 2 });
      expect(report.why).toContain('TENANTRY_DRY_RUN_REFUSED');
      expect(report.attempts).toEqual([
        {
          call: 'fetch',
          target: 'http://127.0.0.1:9',
          where: expect.stringMatching(/run \(.*orders\.js:14\)/),
          count: 1,
        },
        {
          call: 'fs.mkdir',
          target: `${made}-2`,
          where: expect.stringMatching(/run \(.*orders\.js:14\)/),
          count: 1,
        },
      ]);
      expect(existsSync(`${made}-2`)).toBe(false);
    },
    TIMEOUT_MS,
  );
});

test(
  'an isolate that was ended by its session is ended again; elsewhere that is another end',
  async () => {
    const orders = [{ item: 'a', quantity: 2 }, { crash: true }];
    const file = await folder.record('crashes', 'process', orders);
    const again = await folder.replay(file);
    expect(again).toMatchObject({ code: 0, stderr: '' });
    expect(again.stdout).toMatch(/ended with "isolate-crashed"/);
    const elsewhere = await folder.replay(file, '--as', 'coroutine');
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.stdout).toMatch(/^not reproduced: the session ended with "isolate-crashed"/);
    expect(elsewhere.stderr).toContain('it ran on rung process, and here on coroutine');
  },
  TIMEOUT_MS,
);

test(
  'another version of the agent is refused, and with --force compared',
  async () => {
    const file = await folder.record('versions', 'coroutine', FAILS);
    await folder.change("throw new TypeError('an order has no quantity')", 'order.quantity = 1');
    const refused = await folder.replay(file);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/orders\.js" is version \w{12}, recorded was \w{12}.*"v1"/);
    expect(refused.stderr).toContain('TENANTRY_REPLAY_OTHER_VERSION');
    const fixed = await folder.replay(file, '--force');
    expect(fixed.code).toBe(1);
    expect(fixed.stdout).toMatch(/^not reproduced: the session failed with TypeError/);
    expect(fixed.stderr).toContain('another version of the agent');

    await folder.change(
      'total: Number(price.amount) * order.quantity',
      'total: order.quantity * 5 + (order.quantity > 2 ? 1 : 0), key: price.apiKey, apiKey: price.apiKey',
    );
    const other = await folder.replay(file, '--force');
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/^diverged at message 1/);
    expect(other.stdout).toContain(
      '  message.apiKey\n  - recorded: nothing\n  + replay:   "[masked]"',
    );
    expect(other.stdout).not.toContain('key-1234567890');

    await folder.change("session.effect('price'", "session.effect('cost'");
    const effect = await folder.replay(file, '--force');
    expect(effect.stdout).toMatch(
      /^diverged at message 1: effect "cost" was not recorded \(number 1 of this name\)/,
    );
  },
  TIMEOUT_MS,
);

test(
  'side effects are executed only where that is in an audit trail before',
  async () => {
    const file = await folder.record('executed', 'coroutine', FAILS);
    const priced = await folder.pricedCount();
    const unaudited = await folder.replay(file, '--execute');
    expect(unaudited).toMatchObject({ code: 1, stdout: '' });
    expect(unaudited.stderr).toContain('TENANTRY_REPLAY_NOT_AUDITED');
    expect(await folder.pricedCount()).toBe(priced);

    const state = folder.path('state');
    const executed = await folder.replay(file, '--execute', '--state-dir', state, '--json');
    expect(executed).toMatchObject({ code: 0 });
    expect(reportOf(executed)).toMatchObject({ verdict: 'reproduced', audited: 'state-dir' });
    expect(await folder.pricedCount()).toBe(priced + 3);
    const dry = await folder.replay(file, '--state-dir', state, '--json');
    expect(reportOf(dry)).toMatchObject({ audited: 'state-dir' });
    const lines = (await readFile(`${state}/audit.jsonl`, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        kind: 'replay.executed',
        tenant: 'acme',
        actor: { kind: 'operator', uid: process.getuid?.() ?? null },
        detail: { mode: 'execute', agent: 'orders', rung: 'coroutine' },
      },
      { kind: 'replay.dry-run' },
    ]);
    const verified = await runBin(['audit', 'verify', '--state-dir', state], folder.runtime.env());
    expect(verified.code).toBe(0);

    const keeper = await folder.runtime.startPool('keeper', 1, state);
    const pool = await folder.runtime.startPool('voice');
    const kept = await folder.replay(file, '--execute', '--state-dir', state, '--json');
    expect(reportOf(kept)).toMatchObject({ verdict: 'reproduced', audited: 'pool' });
    const last = (await readFile(`${state}/audit.jsonl`, 'utf8')).trim().split('\n').at(-1)!;
    expect(JSON.parse(last)).toMatchObject({ kind: 'replay.executed', tenant: 'acme' });
    await keeper.stop();
    const overSocket = await folder.replay(file, '--execute', '--json');
    expect(reportOf(overSocket)).toMatchObject({ verdict: 'reproduced', audited: 'pool' });
    const told = await runBin(['explain', 'acme'], folder.runtime.env());
    expect(told.stdout).toMatch(/was replayed with its side effects, on rung coroutine/);
    await pool.stop();
  },
  TIMEOUT_MS,
);

test(
  'a file, an agent or an argument that is none is refused with its code and no stack',
  async () => {
    const file = await folder.record('good', 'coroutine', [{ item: 'a', quantity: 1 }]);
    const refusal = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await folder.replay(args[0]!, ...args.slice(1));
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).not.toMatch(/^\s+at /m);
      return stderr;
    };
    const text = await readFile(file, 'utf8');
    const other = folder.path('other.json');
    await writeFile(other, text.slice(0, 200));
    expect(await refusal(other)).toContain('TENANTRY_RECORDING_INVALID');
    expect(await refusal(folder.path('none.json'))).toContain('TENANTRY_FILE_UNREADABLE');
    const unread = await refusal('--dead-letter', 'ffffffff', '--state-dir', '/nowhere');
    expect(unread).toContain('TENANTRY_FILE_UNREADABLE');
    expect(await refusal(file, '--config', '/nowhere')).toContain('TENANTRY_FILE_UNREADABLE');
    const unknown = text
      .replace('"agent":"orders"', '"agent":"nobody"')
      .replace('orders.js', 'nobody.js');
    await writeFile(other, unknown);
    expect(await refusal(other)).toContain('TENANTRY_REPLAY_AGENT_MISSING');
    expect(await refusal(file, '--agents', '/nowhere')).toContain('TENANTRY_REPLAY_AGENT_MISSING');
    const usage = await folder.replay(file, '--as', 'quarantined');
    expect(usage.code).toBe(2);
    const well = await folder.replay(file);
    expect(well).toMatchObject({ code: 0, stderr: '' });
    expect(well.stdout).toMatch(/^reproduced: one message and the end are the same: completed/);
  },
  TIMEOUT_MS,
);

test(
  'a bundle is replayed by the session in it',
  async () => {
    const file = await folder.bundle(FAILS);
    const again = await folder.replay(file);
    expect(again).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^reproduced: 2 messages and the end are the same/),
      // The agent's price has a key in it.
      stderr: expect.stringContaining('secrets in the recording are masked'),
    });
    const bytes = await readFile(file);
    const cut = folder.path('cut.tar.gz');
    await writeFile(cut, bytes.subarray(0, bytes.length / 2));
    const refused = await folder.replay(cut);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain('TENANTRY_BUNDLE_INVALID');
  },
  TIMEOUT_MS,
);

const JOB = `import { defineAgent } from 'CORE';
export default defineAgent({
  name: 'refunds',
  input: { safeParse: (input) => ({ success: true, data: Number(input.quantity) }) },
  run(session) {
    throw new RangeError(\`job of \${session.input} in attempt \${session.job.attempt}\`);
  },
});
`;

test(
  'a dead letter is given its payload again, and its end is compared',
  async () => {
    const { stateDir, id } = await folder.deadLetter(JOB);
    const again = await folder.replay('--dead-letter', id.slice(0, 8), '--state-dir', stateDir);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(
      /^reproduced: .*the same: failed with RangeError: job of 7 in attempt 1/,
    );
    expect(again.stderr).toContain('of a dead letter only the end is compared');
    const unknown = await folder.replay('--dead-letter', 'ffffffff', '--state-dir', stateDir);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('TENANTRY_JOB_UNKNOWN');
    expect((await folder.replay()).code).toBe(2);
    expect((await folder.replay('a.json', '--dead-letter', id)).code).toBe(2);
  },
  TIMEOUT_MS,
);
