/** The log on every rung: one shape, and nothing that was logged is lost when what logged it is gone. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { killHosts, runHost } from '../support/host-process.js';
import { RUNGS, closePools, on, startPool, until, type LogLine } from '../support/rungs.js';

const folders: string[] = [];

afterEach(async () => {
  killHosts();
  await closePools();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** So many logged and printed are what the kernel keeps for a host that has not read any yet. */
const LINES = 100;

test.each([
  ['process', 'killed'],
  ['process', 'exits'],
  ['process', 'spins'],
  ['thread', 'exits'],
  ['thread', 'spins'],
] as const)('no line is lost where a %s %s after its last one', async (rung, way) => {
  const lines: LogLine[] = [];
  const pool = await startPool(
    {
      tenants: { bad: on(rung) },
      // Not before it has said everything, on a machine that has no time for it.
      isolateOptions: { unresponsiveMs: way === 'spins' ? 3_000 : 60_000 },
    },
    lines,
  );
  const session = await pool.open({
    tenant: 'bad',
    agent: 'last-words',
    input: { lines: LINES, way },
  });
  await session.send('go');
  const { status } = await session.done;
  expect(status).toBe('failed');
  const said = (): LogLine[] => lines.filter(({ msg }) => msg === 'said');
  const printed = (): LogLine[] => lines.filter(({ msg }) => msg.startsWith('printed '));
  await until('everything is in the log', () => said().length + printed().length >= 2 * LINES);
  expect(said().map(({ line }) => line)).toEqual(Array.from({ length: LINES }, (_, line) => line));
  const whose = { tenant: 'bad', agent: 'last-words', session: session.id, rung };
  for (const line of [...said(), ...printed()]) expect(line).toMatchObject(whose);
});

test.each(RUNGS)('a flood on the rung %s is cut off and told with its tenant', async (rung) => {
  const lines: LogLine[] = [];
  const pool = await startPool(
    { tenants: { bad: on(rung) }, isolateOptions: { maxOutputBytesPerSecond: 10_000 } },
    lines,
  );
  const session = await pool.open({ tenant: 'bad', agent: 'floods-the-log', input: 5_000 });
  await session.send('go');
  expect((await session.done).reason).toBe('completed');
  await until('the drop is told', () =>
    lines.some(({ droppedLines }) => droppedLines !== undefined),
  );
  const told = lines.find(({ droppedLines }) => droppedLines !== undefined)!;
  expect(told).toMatchObject({ level: 'warn', tenant: 'bad', rung });
  expect(told.msg).toMatch(/^\[log\] dropped \d+ lines \(\d+ bytes\) of tenant 'bad'$/);
  expect(lines.filter(({ msg }) => msg.startsWith('flood')).length).toBeLessThan(2_500);
});

test('a host that is killed has its last line in its log file, for its owner only', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'tenantry-log-'));
  folders.push(folder);
  const file = path.join(folder, 'service.log');
  await runHost('dies-logging', { args: [file], logLevel: 'info' });
  const lines = (await readFile(file, 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  const said = lines.filter(({ msg }) => msg === 'said');
  expect(said).toHaveLength(300);
  expect(said.at(-1)).toMatchObject({
    level: 30,
    name: 'tenantry',
    pid: expect.any(Number),
    hostname: os.hostname(),
    time: expect.any(Number),
    tenant: 'acme',
    agent: 'last-words',
    session: expect.any(String),
    rung: 'coroutine',
    isolate: 'main',
    line: 299,
  });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});
