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
import { Conversation } from './conversation.js';
import { Facts } from './facts.js';
import { Neighbours } from './neighbours.js';
import { createPool } from './pool.js';
import { beginning, factText, line, neighboursText } from './print.js';
import { missing, type Played } from './verdict.js';

const WARM_UP_MS = 1_000;
const BEFORE_MS = 3_000;
/** Longest wait for a confinement, and for the last release after the last act. */
const CONFINED_WITHIN_MS = 8_000;
const RELEASED_WITHIN_MS = 20_000;
const AFTER_MS = 2_500;
const LOOK_EVERY_MS = 10;
const SNAPSHOT_EVERY_MS = 250;

/** Answers what was missing; says each line when it has happened. */
export async function play(say: (line: string) => void): Promise<string[]> {
  const stateDir = await mkdtemp(join(tmpdir(), 'tenantry-incident-'));
  try {
    return await new Story(say).play(stateDir);
  } finally {
    await rm(stateDir, { recursive: true });
  }
}

class Story {
  readonly #say: (line: string) => void;
  readonly #startMs = performance.now();
  readonly #neighbours = new Neighbours();
  readonly #clients: Clients[] = [];
  /** When the first session with the mistake of a tenant was asked for. */
  readonly #firstBadMs = new Map<string, number>();
  readonly #facts = new Facts((tenant, fact) => {
    const act = ACTS.find((each) => each.tenant === tenant)!;
    const text = factText(act, fact, this.#firstBadMs.get(tenant) ?? fact.atMs);
    this.#tell(fact.atMs, fact.kind, text);
  });

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  async play(stateDir: string): Promise<string[]> {
    const [first] = ACTS as readonly [Act];
    const pool = await createPool(this.#facts, stateDir);
    await this.#neighbours.start(pool);
    const conversation = new Conversation();
    await conversation.start(pool, first.tenant);
    this.#say(beginning());
    await sleep(WARM_UP_MS);
    const fromMs = performance.now();
    await sleep(BEFORE_MS);
    const beforeMs = this.#neighbours.p99Ms(fromMs, performance.now());
    const played: Played[] = [];
    for (const act of ACTS) played.push(await this.#act(pool, act, beforeMs));
    this.#say('\nAll four are mended; what is still confined serves its time.');
    await until(
      () => ACTS.every(({ tenant }) => this.#facts.of(tenant, 'released') !== undefined),
      RELEASED_WITHIN_MS,
    );
    for (const each of this.#clients) each.stop();
    const faults = await this.#endOf(conversation, first);
    await this.#neighbours.stop();
    const { sentences } = await pool.explain(first.tenant);
    this.#say(`\npool.explain('${first.tenant}') says:\n${sentences.join('\n')}`);
    await pool.close();
    return missing(played, this.#facts, [...this.#neighbours.failures, ...faults]);
  }

  async #act(pool: AgentPool, act: Act, beforeMs: number | null): Promise<Played> {
    const { tenant, title } = act;
    this.#say(`\n${title}`);
    const clients = new Clients(pool, act, (attempt, isMended) =>
      this.#facts.attempted(tenant, attempt, isMended),
    );
    this.#clients.push(clients);
    const badMs = performance.now();
    this.#firstBadMs.set(tenant, badMs);
    clients.start();
    const looking = setInterval(() => {
      void pool.snapshot().then((snapshot) => this.#facts.look(snapshot, tenant));
    }, SNAPSHOT_EVERY_MS);
    await until(() => this.#facts.of(tenant, 'confined') !== undefined, CONFINED_WITHIN_MS);
    const confinedMs = this.#facts.of(tenant, 'confined')?.atMs ?? performance.now();
    await sleep(AFTER_MS);
    clearInterval(looking);
    const endMs = performance.now();
    const latencies = {
      beforeMs,
      duringMs: this.#neighbours.p99Ms(badMs, confinedMs),
      afterMs: this.#neighbours.p99Ms(confinedMs, endMs),
    };
    this.#tell(endMs, 'neighbours', neighboursText(latencies, this.#neighbours.failures));
    clients.mend();
    this.#tell(endMs, 'mended', `${tenant} sends what its agent expects from now on`);
    return { act, latencies };
  }

  /** What was wrong with the conversation, or with where it went. */
  async #endOf(conversation: Conversation, { tenant }: Act): Promise<string[]> {
    const faults = await conversation.stop();
    if (this.#facts.of(tenant, 'moved') === undefined) {
      faults.push(`no session of ${tenant} went on elsewhere`);
    }
    const answers = faults.length === 0 ? 'each answered once, in order' : faults.join('; ');
    const text = `${conversation.linesSaid} lines in the conversation of ${tenant}: ${answers}`;
    this.#tell(performance.now(), 'kept', text);
    return faults;
  }

  #tell(atMs: number, word: string, text: string): void {
    this.#say(line(atMs - this.#startMs, word, text));
  }
}

async function until(holds: () => boolean, withinMs: number): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!holds() && performance.now() < deadlineMs) await sleep(LOOK_EVERY_MS);
}
