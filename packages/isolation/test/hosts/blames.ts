/**
 * A host whose sessions hold their loops, one way after another, on the rung it is asked for. Prints
 * one JSON line for each way: what was told of it. Before that, where its inspector listens.
 */
import process from 'node:process';
import { AgentPool, type RuntimeEvent } from '@tenantry/core';
import { askInspector } from '@tenantry/core/internal';
import { isolates } from '../../src/index.js';
import { keepingLog, next, until, type LogLine, type RungUnderTest } from '../support/rungs.js';

type Blocked = Extract<RuntimeEvent, { kind: 'loop.blocked' }>;

interface ToldBlock extends Pick<
  Blocked,
  'tenant' | 'cause' | 'isOngoing' | 'durationMs' | 'place'
> {
  readonly whose: string | null;
  readonly text: string | null;
}

const rung = process.argv[2] as RungUnderTest;
const events: Blocked[] = [];
const lines: LogLine[] = [];
const pool = new AgentPool(
  {
    isolates,
    isolation: rung === 'coroutine' ? 'coroutine' : 'process',
    isolate: rung === 'thread' ? 'worker_threads' : 'child_process',
    observers: [
      {
        onRuntimeEvent: (event) => {
          if (event.kind === 'loop.blocked') events.push(event);
        },
      },
    ],
  },
  { log: keepingLog(lines) },
);
await pool.discover(new URL('../agents/', import.meta.url));
await pool.start();

const say = (what: string, value: unknown): void =>
  void process.stdout.write(`${JSON.stringify({ what, value })}\n`);
/**
 * Each block here is a session's and lasts for longer. What a busy machine adds is no business of this
 * host: a thread that another one keeps waiting for a lock is held as well.
 */
const SHORTEST_MS = 150;
/** A silence is told only when it has lasted for longer than a collection could. */
const NATIVE = new Set(['execSync', 'pbkdf2', 'sleep', 'json']);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const bad = await pool.open({ tenant: 'bad', agent: 'blocks-loop' });
const worse = await pool.open({ tenant: 'worse', agent: 'blocks-loop' });
const good = await pool.open({ tenant: 'good', agent: 'echo' });
const names = new Map([bad, worse, good].map((session) => [session.id, session.tenant]));
await good.send('alive');
await next(good);

/** Blocks that have ended, by tenant, however short. */
const ends: Record<string, number> = { bad: 0, worse: 0, good: 0 };

const isOurs = ({ session, isOngoing, durationMs }: Blocked): boolean =>
  session !== null && (isOngoing || durationMs >= SHORTEST_MS);

/** What was told since the last time: sessions by their tenants. */
function told(): ToldBlock[] {
  const texts = lines.splice(0).flatMap(({ msg }) => (msg.startsWith('[slow-') ? [msg] : []));
  return events.splice(0).flatMap((event, at) => {
    const { session, tenant, cause, isOngoing, durationMs, place } = event;
    if (!isOngoing && tenant !== null) ends[tenant]! += 1;
    if (!isOurs(event)) return [];
    const whose = names.get(session ?? '') ?? null;
    return [{ whose, tenant, cause, isOngoing, durationMs, place, text: texts[at] ?? null }];
  });
}

const hasEnded = (count: number) => () =>
  events.filter((event) => !event.isOngoing && isOurs(event)).length >= count;

say('inspector', pool.socketPath);
told();
/** Where a native call answers only when it has been left, it has no line: then it is tried again. */
const MOST_TRIES = 3;
const hasLine = (all: readonly ToldBlock[]): boolean =>
  all.some(({ isOngoing, place }) => !isOngoing && place !== null);

for (const way of process.argv.slice(3)) {
  for (let tries = 1; ; tries += 1) {
    await bad.send({ way, ms: NATIVE.has(way) ? 500 : 200 });
    await next(bad);
    await until(`the end of ${way} is told`, hasEnded(1), 10_000).catch(() => {});
    await pause(60);
    const all = told();
    if (way === 'execSync' && !hasLine(all) && tries < MOST_TRIES) continue;
    say(way, all);
    break;
  }
}

await Promise.all([bad.send({ way: 'message', ms: 200 }), worse.send({ way: 'timer', ms: 200 })]);
await Promise.all([next(bad), next(worse)]);
await until('both are told', hasEnded(2), 10_000).catch(() => {});
say('both', told());

/**
 * What is told of a block, when isolates have learnt of a threshold. They do at a beat of theirs, which
 * nothing here can see: the pause is fifty of them, for a machine that is late.
 */
async function blockAfterChange(isToBeTold: boolean): Promise<unknown> {
  await pause(1_000);
  await bad.send({ way: 'message', ms: 200 });
  await next(bad);
  if (isToBeTold) await until('its end is told', hasEnded(1), 10_000).catch(() => {});
  await pause(150);
  return { thresholdMs: pool.slowSessionThresholdMs, told: told() };
}
const setting = 'slowSessionThresholdMs';
await askInspector(pool.socketPath!, { command: 'set', setting, value: 5_000 });
say('raised', await blockAfterChange(false));
pool.slowSessionThresholdMs = 60;
say('lowered', await blockAfterChange(true));

told();
const { sessions, tenants } = await pool.snapshot();
say('ends', ends);
say('books', {
  sessions: Object.fromEntries(sessions.map((row) => [row.tenant, row.blocked.count])),
  tenants: Object.fromEntries(tenants.map((row) => [row.tenant, row.blocked.count])),
});
// For whoever asks the inspector from outside: a new tenant, a new session, and its first turn blocks.
const late = await pool.open({ tenant: 'late', agent: 'blocks-loop' });
say('late', late.id);
await late.send({ way: 'stream', ms: 1_500 });
await next(late);
await pool.close();
