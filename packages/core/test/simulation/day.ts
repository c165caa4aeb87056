/**
 * A day of 200 tenants through the real pool, in simulated time, from one seed: the same seed, the
 * same day. Who behaves how is told in `population.ts`; what must hold, in the invariants.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { codeOf } from '../../src/errors/errors.js';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { AgentPool } from '../../src/pool/agent-pool.js';
import type { SessionHandle } from '../../src/session/session-handle.js';
import type { Rung } from '../../src/vocabulary/rung.js';
import { randomOf } from '../seeded-random.js';
import { actByHand } from './acts.js';
import { breakers, caps, crashQuarantine, rates } from './admission-invariants.js';
import { counters, ends, totals } from './books-invariants.js';
import type { Broken, DayFacts, Invariant } from './invariant.js';
import {
  isolateLimit,
  ladder,
  quarantine,
  shownLadder,
  systemicAlarm,
  timeToServe,
  wayBack,
} from './ladder-invariants.js';
import { ListeningLog } from './listening-log.js';
import { OwnBooks } from './own-books.js';
import { CALM_MS, DAY_MS, HOUR_MS, fateOf, poolOptionsOf, populationOf } from './population.js';
import { AGENT_NAMES } from './simulated-agents.js';
import { SimulatedClock } from './simulated-clock.js';
import { startedLife, type PoolLife } from './simulated-pool.js';
import { trafficOf, type Arrival } from './traffic.js';
import { Witness } from './witness.js';

const SNAPSHOT_EVERY_MS = 2_400_000;
const ACT_EVERY_MS = 600_000;

export interface DayReport {
  /** The first promise that was broken, with what led to it. */
  readonly fault: string | null;
  /** What happened at all. */
  readonly seen: ReadonlySet<string>;
  readonly openCount: number;
}

export async function dayOf(seed: number): Promise<DayReport> {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), 'tenantry-day-'));
  try {
    return await new Day(seed, stateDir).run();
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

class Day {
  readonly #clock = new SimulatedClock();
  readonly #startMs = this.#clock.nowMs();
  readonly #books = new OwnBooks();
  readonly #handCaps = new Map<string, number>();
  readonly #running = new Set<SessionHandle>();
  readonly #stateDir: string;
  readonly #random: () => number;
  readonly #canaries: () => number;
  readonly #population: DayFacts['population'];
  readonly #witness: Witness;
  readonly #facts: DayFacts;
  readonly #invariants: readonly (Invariant & { readonly broken: Broken })[];
  readonly #log: ListeningLog;
  #life: PoolLife | undefined;
  #openCount = 0;

  constructor(seed: number, stateDir: string) {
    this.#stateDir = stateDir;
    this.#random = randomOf(seed);
    this.#canaries = randomOf(~seed);
    this.#population = populationOf(seed, this.#random);
    this.#witness = new Witness(this.#clock, seed);
    this.#facts = {
      clock: this.#clock,
      population: this.#population,
      books: this.#books,
      tenants: new Map(this.#population.tenants.map((tenant) => [tenant.id, tenant])),
      handCaps: this.#handCaps,
      isByHand: false,
      isolateCount: () => this.#life?.isolates.count ?? 0,
      seen: (what) => void this.#witness.seen.add(what),
    };
    // The first that is broken is told: the ladder, which sees most, comes behind the others.
    const admission = [caps, rates, breakers, crashQuarantine, quarantine];
    const books = [ends, totals, counters];
    const ladders = [systemicAlarm, isolateLimit, timeToServe, shownLadder, ladder, wayBack];
    this.#invariants = [...admission, ...books, ...ladders].map((make) => {
      const invariant = make(this.#facts);
      return { ...invariant, broken: (what) => this.#witness.broken(invariant.name, what) };
    });
    this.#log = new ListeningLog({
      event: (event) => this.#told(event),
      error: (message, fields) =>
        this.#witness.broken('no error is logged', `${message} ${JSON.stringify(fields)}`),
    });
  }

  #told(event: RuntimeEvent): void {
    for (const one of this.#invariants) one.event?.(event, one.broken);
    this.#witness.step(() => `told: ${JSON.stringify(event).slice(0, 300)}`);
  }

  async run(): Promise<DayReport> {
    const restartMs = Math.round((8 + this.#random() * 8) * HOUR_MS);
    for (const arrival of trafficOf(this.#population, this.#random)) this.#arrive(arrival);
    for (let atMs = this.#random() * ACT_EVERY_MS; atMs < CALM_MS - HOUR_MS; atMs += ACT_EVERY_MS) {
      this.#after(atMs, () => this.#act());
    }
    await this.#begin();
    await this.#live(restartMs);
    await this.#end();
    for (const one of this.#invariants) one.restarted?.();
    this.#books.restarted();
    this.#witness.step(() => 'restart');
    await this.#begin();
    await this.#look();
    await this.#live(DAY_MS);
    const snapshot = await this.#pool.snapshot();
    for (const one of this.#invariants) one.dayOver?.(snapshot, one.broken);
    await this.#end();
    const { fault, seen } = this.#witness;
    return { fault, seen, openCount: this.#openCount };
  }

  get #pool(): AgentPool {
    return this.#life!.pool;
  }

  get #isFine(): boolean {
    return this.#witness.fault === null;
  }

  async #begin(): Promise<void> {
    this.#life = await startedLife({
      clock: this.#clock,
      log: this.#log,
      random: this.#canaries,
      options: poolOptionsOf(this.#population),
      stateDir: this.#stateDir,
      entered: (open, rung) => this.#entered(open, rung),
      blocked: (event) => this.#told(event),
    });
  }

  /** Lives until so long after the day's beginning, with a look at the whole now and then. */
  async #live(untilMs: number): Promise<void> {
    const endMs = this.#startMs + untilMs;
    while (this.#isFine && this.#clock.nowMs() < endMs) {
      const lookMs = Math.min(endMs, this.#clock.nowMs() + SNAPSHOT_EVERY_MS);
      while (this.#isFine && this.#clock.step(lookMs)) await this.#settled();
      await this.#look();
      // Lets the disk catch up.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  async #look(): Promise<void> {
    const snapshot = await this.#pool.snapshot();
    for (const one of this.#invariants) one.snapshot?.(snapshot, one.broken);
  }

  /** Closes the pool. Time goes on only while sessions end: how long a disk takes is no part of it. */
  async #end(): Promise<void> {
    if (this.#isFine) this.#witness.step(() => 'close');
    const closing = { isOver: false };
    void this.#pool.close().then(() => (closing.isOver = true));
    await this.#settled();
    while (!closing.isOver) {
      const isBusy = this.#books.held + this.#books.asking > 0;
      if (isBusy && this.#clock.step(this.#clock.nowMs() + 60_000)) await this.#settled();
      else await new Promise<void>((resolve) => setImmediate(resolve));
    }
    await this.#settled();
    if (this.#isFine) await this.#look();
    const { held, asking } = this.#books;
    if (held + asking > 0)
      this.#witness.broken('ends', `${held} held, ${asking} asking at the end`);
    const armed = this.#life!.armedCount();
    if (armed > 0) this.#witness.broken('timers', `${armed} are left of a closed pool`);
  }

  /** Everything has run that is not a matter of time. */
  async #settled(): Promise<void> {
    // Behind all promises that are settled, and all that they settle.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    for (const one of this.#invariants) one.settled?.(one.broken);
  }

  /** Whole milliseconds, so that sums of them are exact and things meet in one moment. */
  #after(delayMs: number, run: () => void): void {
    this.#clock.after(Math.round(delayMs), run);
  }

  #arrive({ atMs, tenant }: Arrival): void {
    this.#after(atMs, () => this.#open(tenant));
  }

  #entered(open: number, rung: Rung): void {
    const opened = this.#books.opens.get(open)!;
    this.#books.entered(opened, rung, this.#clock.nowMs());
    for (const one of this.#invariants) one.entered?.(opened, one.broken);
  }

  #open(tenant: string): void {
    const random = this.#random;
    const open = (this.#openCount += 1);
    const atMs = this.#clock.nowMs() - this.#startMs;
    const fate = fateOf(this.#population, this.#facts.tenants.get(tenant)!, { open, atMs, random });
    const agent = AGENT_NAMES[random() < 0.6 ? 0 : 1];
    const opened = this.#books.asked(open, tenant, agent);
    this.#witness.step(() => `open ${open} of ${tenant}: ${agent} ${fate.start} ${fate.run}`);
    const controller = new AbortController();
    const isWayward = random() < 0.05;
    if (isWayward) this.#after(random() * 6_000, () => controller.abort());
    const { signal } = controller;
    const request = { tenant, agent, input: fate, ...(isWayward ? { signal } : {}) };
    void this.#pool.open(request).then(
      (session) => {
        this.#books.begun(opened);
        this.#running.add(session);
        void session.done.then((outcome) => {
          this.#running.delete(session);
          this.#witness.step(() => `end ${open} of ${tenant}: ${outcome.reason}`);
          for (const one of this.#invariants) one.ended?.(opened, outcome, one.broken);
          this.#books.ended(opened, outcome);
        });
      },
      (error: unknown) => {
        const code = codeOf(error) ?? String(error);
        this.#witness.step(() => `refused ${open} of ${tenant}: ${code}`);
        this.#witness.seen.add(`refused ${code}`);
        this.#books.refused(opened, code);
      },
    );
  }

  #act(): void {
    const { tenants } = this.#population;
    const { id: tenant, bounds } = tenants[Math.floor(this.#random() * tenants.length)]!;
    // What the options pin would be unpinned by the act that takes another one back.
    if (bounds.pin !== null) return;
    const world = {
      random: this.#random,
      handCaps: this.#handCaps,
      sessions: () => [...this.#running].map(({ id }) => id),
      byHand: (what: string, act: (pool: AgentPool) => Promise<unknown>) => {
        this.#witness.step(() => what);
        this.#facts.isByHand = true;
        void act(this.#pool).catch((error: unknown) => {
          if (codeOf(error) === undefined) this.#witness.broken('acts', String(error));
        });
        this.#facts.isByHand = false;
      },
      later: (run: () => void) => this.#after(this.#random() * HOUR_MS, run),
    };
    actByHand(world, tenant);
  }
}
