/**
 * Puts together what is known of each block: who saw it from outside, with its stack, while it lasted,
 * and what the loop itself says of its length when it is over. Keeps the books of sessions and
 * tenants, and tells each block twice. Judges nobody.
 */
import type { EndedTurn } from '../attribution/turn-clock.js';
import type { Clock } from '../time/clock.js';
import { NO_BLOCKS, type BlockRow, type BlockedFigure } from '../snapshot/figures.js';
import { BlockBook } from './block-book.js';
import { keyOf, rowOf } from './block-row.js';
import type { BlockPhase, SeenBlock } from './loop-watch.js';

export interface BlockDeskListener {
  /** `isLogged`: its line has been written already. */
  block(row: BlockRow, isLogged: boolean): void;
  /** Whether a session's book will still be asked for: its last block ends after it. */
  isOpen(session: string): boolean;
}

interface Entry {
  seen: SeenBlock;
  isTold: boolean;
  readonly atMs: number;
}

const MOST_RECENT = 100;
/** What two threads say of one block arrives in either order, this far apart at most. */
const WAIT_FOR_STACK_MS = 40;
/** A loop says how a block ended a beat or two after it did. */
const WAIT_FOR_END_MS = 500;
/** A stack of a turn that did not become a block. */
const UNUSED_AFTER_MS = 10_000;

export class BlockDesk {
  readonly #clock: Clock;
  readonly #thresholdMs: () => number;
  readonly #listener: BlockDeskListener;
  readonly #entries = new Map<string, Entry>();
  readonly #sessions = new Map<string, BlockBook>();
  readonly #tenants = new Map<string, BlockBook>();
  /** Of tenants, those that nobody asks for any more included. */
  readonly ofAllTenants = { count: 0, totalMs: 0 };
  #recent: BlockRow[] = [];
  /** Whatever is still said of these comes too late. */
  #finished: string[] = [];

  constructor(clock: Clock, thresholdMs: () => number, listener: BlockDeskListener) {
    this.#clock = clock;
    this.#thresholdMs = thresholdMs;
    this.#listener = listener;
  }

  /** The latest ended ones, newest first. */
  get recent(): readonly BlockRow[] {
    return this.#recent;
  }

  ofSession(session: string, nowMs: number): BlockedFigure {
    return this.#sessions.get(session)?.figure(nowMs) ?? NO_BLOCKS;
  }

  /** In all, a block that lasts included. */
  blockedMsOf(session: string): number {
    let totalMs = this.#sessions.get(session)?.totalMs ?? 0;
    for (const { seen, isTold } of this.#entries.values()) {
      if (isTold && seen.owner?.session === session) totalMs += this.#lastedMs(seen);
    }
    return totalMs;
  }

  ofTenant(tenant: string, nowMs: number): BlockedFigure {
    return this.#tenants.get(tenant)?.figure(nowMs) ?? NO_BLOCKS;
  }

  forgetSession(session: string): void {
    this.#sessions.delete(session);
  }

  /** What a watch says of a turn; `isLogged`: its line has been written already. */
  seen(phase: BlockPhase, block: SeenBlock, isLogged: boolean): void {
    if (this.#finished.includes(keyOf(block))) return;
    if (phase === 'captured') this.captured(block);
    else if (phase === 'blocked') this.blocked(block, isLogged);
    else this.over(block);
  }

  /** A stack was taken; whether the turn becomes a block is not known yet. */
  captured(seen: SeenBlock): void {
    const nowMs = this.#clock.nowMs();
    for (const [key, { isTold, atMs }] of this.#entries) {
      if (!isTold && nowMs - atMs > UNUSED_AFTER_MS) this.#entries.delete(key);
    }
    const known = this.#entries.get(keyOf(seen));
    if (known === undefined) this.#entries.set(keyOf(seen), { seen, isTold: false, atMs: nowMs });
    else known.seen = seen;
  }

  /** The threshold has been passed and the block lasts. */
  blocked(seen: SeenBlock, isLogged: boolean): void {
    if (seen.durationMs <= this.#thresholdMs()) return;
    this.captured(seen);
    this.#entries.get(keyOf(seen))!.isTold = true;
    this.#listener.block(toRow(seen), isLogged);
  }

  /** Normally the loop says how it ended; one that does not is taken at the watch's word. */
  over(seen: SeenBlock): void {
    this.#clock.after(WAIT_FOR_END_MS, () => {
      const entry = this.#entries.get(keyOf(seen));
      if (entry?.isTold === true) this.#finishSeen(entry.seen, seen.durationMs);
    });
  }

  /** It is over: what has been told has an end, also where it came to less than was feared. */
  ended(isolate: string, turn: EndedTurn): void {
    const entry = this.#entries.get(keyOf({ isolate, switches: turn.switches }));
    if (turn.durationMs <= this.#thresholdMs() && entry?.isTold !== true) return;
    if (entry !== undefined) this.#finish(isolate, turn);
    else this.#clock.after(WAIT_FOR_STACK_MS, () => this.#finish(isolate, turn));
  }

  /** The isolate is gone: blocks that lasted have ended with it. */
  isolateEnded(isolate: string): void {
    for (const { seen, isTold } of this.#entries.values()) {
      if (seen.isolate !== isolate || !isTold) continue;
      this.#finishSeen(seen, this.#lastedMs(seen));
    }
  }

  #lastedMs({ durationMs, startedAtMs }: SeenBlock): number {
    return Math.max(durationMs, this.#clock.epochMs() - startedAtMs);
  }

  #finishSeen({ isolate, switches, owner, startedAtMs }: SeenBlock, durationMs: number): void {
    const cause = owner === null ? 'host' : 'session';
    this.#finish(isolate, { switches, cause, owner, startedAtMs, durationMs });
  }

  #finish(isolate: string, turn: EndedTurn): void {
    const key = keyOf({ isolate, switches: turn.switches });
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    this.#finished = [key, ...this.#finished].slice(0, MOST_RECENT);
    const row = finalRow(isolate, turn, entry?.seen);
    const nowMs = this.#clock.nowMs();
    if (row.session !== null && this.#listener.isOpen(row.session))
      bookOf(this.#sessions, row.session).add(row.durationMs, row.place, nowMs);
    if (row.tenant !== null) {
      bookOf(this.#tenants, row.tenant).add(row.durationMs, row.place, nowMs);
      this.ofAllTenants.count += 1;
      this.ofAllTenants.totalMs += row.durationMs;
    }
    this.#recent = [row, ...this.#recent].slice(0, MOST_RECENT);
    this.#listener.block(row, false);
  }
}

function bookOf(books: Map<string, BlockBook>, key: string): BlockBook {
  const known = books.get(key);
  if (known !== undefined) return known;
  const book = new BlockBook();
  books.set(key, book);
  return book;
}

function toRow(seen: SeenBlock): BlockRow {
  return rowOf(seen.isolate, seen.switches, seen.owner, {
    cause: seen.owner === null ? 'host' : 'session',
    startedAtMs: seen.startedAtMs,
    durationMs: seen.durationMs,
    isOngoing: true,
    place: seen.place,
    stack: [...seen.stack],
  });
}

/** Whoever paused the thread has seen whose code it ran; the loop knows whose turn it began as. */
function finalRow(isolate: string, turn: EndedTurn, seen: SeenBlock | undefined): BlockRow {
  const isGc = turn.cause === 'gc';
  const hasStack = !isGc && seen !== undefined && seen.stack.length > 0;
  const owner = isGc ? null : hasStack ? seen.owner : turn.owner;
  return rowOf(isolate, turn.switches, owner, {
    cause: isGc ? 'gc' : owner === null ? 'host' : 'session',
    startedAtMs: turn.startedAtMs,
    durationMs: turn.durationMs,
    isOngoing: false,
    place: isGc ? null : (seen?.place ?? null),
    stack: hasStack ? [...seen.stack] : [],
  });
}
