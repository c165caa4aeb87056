/**
 * The process that `blame-accuracy.bench.ts` watches: a pool of 50 sessions that talk, and that block
 * their loop as planned. Keeps what the blocking agents say of their blocks and what the runtime says
 * of them; compares nothing.
 */
import process from 'node:process';
import { AgentPool, type RuntimeEvent, type SessionHandle } from '@tenantry/core';
import blocker, { type Order, type Truth } from './agents/blocker.js';
import { calibrate } from './blame/blocks.js';
import { makePlan, mulberry32, type PlannedBlock } from './blame/plan.js';
import type { BlameAnswer, SessionTruth } from './blame/verdict.js';

const SESSIONS = 50;
const TENANTS = 10;
const SEED = 20_261_124;
const TALK_EVERY_MS = 5;
/** Before a timer that several sessions share is due, so that all of them have set theirs. */
const LEAD_MS = 10;
/** Without a block, at the beginning, in the middle and at the end. */
const QUIET_MS = 4_000;
const COLLECTIONS_PER_QUIET = 4;
/** Live objects of the host, so that a full collection takes long enough to be seen. */
const HOST_OBJECTS = 1_200_000;
/** What is still to be said of the last block. */
const SETTLE_MS = 500;

const blocksPerKind = Number(process.argv[2]);
const random = mulberry32(SEED + 1);
const rows: Extract<RuntimeEvent, { kind: 'loop.blocked' }>[] = [];
const truths: SessionTruth[] = [];
const collect = (globalThis as { gc?: () => void }).gc!;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Caller {
  readonly handle: SessionHandle;
  readonly #waiting: ((truth: Truth) => void)[] = [];
  #ended: Promise<void>;

  constructor(handle: SessionHandle) {
    this.handle = handle;
    this.#ended = this.#listen();
  }

  async #listen(): Promise<void> {
    for await (const reply of this.handle.messages as AsyncIterable<Truth | { echo: number }>) {
      if ('startMs' in reply) this.#waiting.shift()?.(reply);
    }
  }

  async order(order: Order): Promise<Truth> {
    const truth = new Promise<Truth>((resolve) => this.#waiting.push(resolve));
    await this.handle.send({ order });
    return truth;
  }

  get ended(): Promise<void> {
    return this.#ended;
  }
}

const pool = new AgentPool({
  maxConcurrentSessions: SESSIONS,
  agents: [blocker],
  observers: [
    {
      onRuntimeEvent: (event) => {
        if (event.kind === 'loop.blocked') rows.push(event);
      },
    },
  ],
});

const held = Array.from({ length: HOST_OBJECTS }, (_, index) => ({ index, at: { index } }));
const amountOf = calibrate();
await pool.start();
const callers: Caller[] = [];
for (let index = 0; index < SESSIONS; index += 1) {
  const tenant = `tenant-${index % TENANTS}`;
  callers.push(new Caller(await pool.open({ tenant, agent: 'blocker' })));
}

const talk = setInterval(() => {
  const caller = callers[Math.floor(random() * SESSIONS)]!;
  void caller.handle.send({ echo: performance.now() });
}, TALK_EVERY_MS);

async function run({ session, kind, where, lengthMs }: PlannedBlock, dueMs: number): Promise<void> {
  const caller = callers[session]!;
  const truth = await caller.order({ kind, where, dueMs, amount: amountOf(kind, lengthMs) });
  truths.push({ ...truth, session: caller.handle.id });
}

/** Nobody blocks; the collector does, in a turn of the host's and in a turn of a session. */
async function quiet(): Promise<void> {
  for (let index = 0; index < COLLECTIONS_PER_QUIET; index += 1) {
    await pause(QUIET_MS / COLLECTIONS_PER_QUIET);
    if (index % 2 === 0) collect();
    else await callers[Math.floor(random() * SESSIONS)]!.handle.send({ collect: true });
  }
}

const plan = makePlan({
  sessions: SESSIONS,
  blocksPerKind,
  shortestMs: 65,
  longestMs: 400,
  seed: SEED,
});
await quiet();
for (const [index, { restMs, blocks }] of plan.entries()) {
  if (index === plan.length >> 1) await quiet();
  if (restMs > 0) await pause(restMs);
  const dueMs = performance.now() + LEAD_MS;
  await Promise.all(blocks.map((block) => run(block, dueMs)));
}
await quiet();
clearInterval(talk);
await pause(SETTLE_MS);
if (held.length !== HOST_OBJECTS) throw new Error('the host has lost its objects');
for (const { handle } of callers) await handle.close();
await Promise.all(callers.map(({ ended }) => ended));
await pool.close();
const answer: BlameAnswer = { truths, rows, epochOffsetMs: Date.now() - performance.now() };
process.send!(answer, () => process.exit(0));
