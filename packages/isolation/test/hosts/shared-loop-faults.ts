/**
 * A host of its own for what a test runner cannot survive: agents on the shared loop whose errors
 * escape, or that call process.exit. Prints one JSON line about each, and one about its neighbour.
 */
import process from 'node:process';
import { AgentPool } from '@tenantry/core';
import { isolates } from '../../src/index.js';

const strayErrors: unknown[] = [];
const pool = new AgentPool(
  {
    isolates,
    enableIntrospection: false,
    observers: [
      {
        onRuntimeEvent: (event) => {
          if (event.kind === 'session.stray-error') strayErrors.push(event);
        },
      },
    ],
  },
  {},
);
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();

const say = (what: string, value: unknown): void =>
  void process.stdout.write(`${JSON.stringify({ what, value })}\n`);

const neighbour = await pool.open({ tenant: 'good', agent: 'echo' });
for (const input of ['rejection', 'timer', 'while running']) {
  const session = await pool.open({ tenant: 'bad', agent: 'rejects-after-return', input });
  const { reason, error } = await session.done;
  // Longer than the fixture's own delay: its error comes after its end.
  await new Promise((resolve) => setTimeout(resolve, 50));
  say(input, { reason, message: error?.message ?? null });
}
const exits = await pool.open({ tenant: 'bad', agent: 'exits', input: 0 });
await exits.send('go');
const { reason, error } = await exits.done;
say('exit', { reason, code: (error as { code?: string } | undefined)?.code });
const cancelled = await pool.open({ tenant: 'bad', agent: 'chokes-on-abort', input: 'throws' });
say('cancelled', (await cancelled.cancel()).reason);
const moved = await pool.open({ tenant: 'bad', agent: 'chokes-on-abort', input: 'says goodbye' });
say('moved', (await pool.moveSession(moved.id, { isolation: 'process', deadlineMs: 20_000 })).kind);
await moved.send('hi');
say('goes on', (await moved.messages.next()).value);
await moved.close();
const rejected = { tenant: 'bad', agent: 'rejects-in-its-schema', input: 'x' };
const refused = (error: { code?: string }): unknown => error.code;
say('schema', await pool.open(rejected).then(() => 'opened', refused));
await new Promise((resolve) => setTimeout(resolve, 50));
say('of no session', strayErrors.at(-1));
await neighbour.send('alive');
say('neighbour', (await neighbour.messages.next()).value);
say('told', strayErrors.length);
const { totals } = await pool.snapshot();
say('totals', { failures: totals.totalSessionFailures, strayErrors: totals.strayErrors });
await pool.close();
if (process.argv[2] === 'then-crash') {
  void Promise.reject(new Error('nobody’s error'));
  setTimeout(() => say('survived', true), 200);
}
