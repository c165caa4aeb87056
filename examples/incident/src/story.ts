/**
 * The whole story: healthy calls, one offender after another beside them, each confined, mended and let
 * go. It says what it sees and answers what was missing; the words are print.ts's.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentPool } from '@tenantry/core';
import { ACTS, type Act } from './acts.js';
import { Clients } from './clients.js';
import { Facts } from './facts.js';
import { CALLS, HEALTHY_TENANTS, Neighbours } from './neighbours.js';
import { TIMES, createPool } from './pool.js';
import { factText, line, neighboursText } from './print.js';
import { missing, type Played } from './verdict.js';

type Say = (line: string) => void;

const WARM_UP_MS = 1_000;
const BEFORE_MS = 3_000;
/** Longest wait for a confinement, and for a release after the last act. */
const CONFINED_WITHIN_MS = 8_000;
const RELEASED_WITHIN_MS = 20_000;
const AFTER_MS = 2_500;
const LOOK_EVERY_MS = 10;
const SNAPSHOT_EVERY_MS = 250;

/** Answers what was missing. */
export async function play(say: Say): Promise<string[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenantry-incident-'));
  try {
    return await playIn(stateDir, say);
  } finally {
    await rm(stateDir, { recursive: true });
  }
}

async function playIn(stateDir: string, say: Say): Promise<string[]> {
  const startMs = performance.now();
  const firstBadMs = new Map<string, number>();
  const facts = new Facts((tenant, fact) => {
    const act = ACTS.find((each) => each.tenant === tenant)!;
    const text = factText(act, fact, firstBadMs.get(tenant) ?? fact.atMs);
    say(line(fact.atMs - startMs, fact.kind, text));
  });
  const pool = await createPool(facts, stateDir);
  const neighbours = new Neighbours();
  await neighbours.start(pool);
  say(
    `${CALLS} calls of ${HEALTHY_TENANTS.join(', ')} share a loop; four tenants are going to misbehave.\n` +
      'Times are short so that the story is: ' +
      `${TIMES.confinementMs / 1_000} s of confinement, ${TIMES.probationMs / 1_000} s of probation, ` +
      `${TIMES.cooldownMs / 1_000} s of an open breaker.`,
  );
  await sleep(WARM_UP_MS);
  const clients: Clients[] = [];
  const played: Played[] = [];
  for (const [index, act] of ACTS.entries()) {
    const beforeMs = performance.now();
    if (index === 0) await sleep(BEFORE_MS);
    say(`\n${index + 1}. ${act.title}`);
    const own = new Clients(pool, act, (attempt, isMended) =>
      facts.attempted(act.tenant, attempt, isMended),
    );
    clients.push(own);
    const badMs = own.start();
    firstBadMs.set(act.tenant, badMs);
    const looking = look(pool, act, facts);
    await until(() => facts.of(act.tenant, 'confined') !== undefined, CONFINED_WITHIN_MS);
    const confinedMs = facts.of(act.tenant, 'confined')?.atMs ?? performance.now();
    await sleep(AFTER_MS);
    clearInterval(looking);
    const endMs = performance.now();
    const latencies = {
      beforeMs: played[0]?.latencies.beforeMs ?? neighbours.p99Ms(beforeMs, badMs),
      duringMs: neighbours.p99Ms(badMs, confinedMs),
      afterMs: neighbours.p99Ms(confinedMs, endMs),
    };
    played.push({ act, latencies });
    say(line(endMs - startMs, 'neighbours', neighboursText(latencies, neighbours.failures)));
    own.mend();
    say(line(endMs - startMs, 'mended', `${act.tenant} sends what its agent expects from now on`));
  }
  say('\nAll four are mended; what is still confined serves its time.');
  await until(() => ACTS.every((act) => isReleased(facts, act)), RELEASED_WITHIN_MS);
  for (const each of clients) each.stop();
  await neighbours.stop();
  await explain(pool, ACTS[0]!, say);
  await pool.close();
  return missing(played, facts, neighbours.failures);
}

function look(pool: AgentPool, { tenant }: Act, facts: Facts): NodeJS.Timeout {
  return setInterval(() => {
    void pool.snapshot().then((snapshot) => facts.look(snapshot, tenant));
  }, SNAPSHOT_EVERY_MS);
}

const isReleased = (facts: Facts, { tenant }: Act): boolean =>
  facts.of(tenant, 'released') !== undefined;

async function explain(pool: AgentPool, { tenant }: Act, say: Say): Promise<void> {
  const { sentences } = await pool.explain(tenant);
  say(`\npool.explain('${tenant}') says:`);
  for (const sentence of sentences) say(`  ${sentence}`);
}

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!holds() && performance.now() < deadlineMs) await sleep(LOOK_EVERY_MS);
}
