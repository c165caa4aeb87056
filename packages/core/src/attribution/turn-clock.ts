/**
 * Measures whose turns take how long on this loop, exactly, at every switch from one owner to another;
 * publishes who runs, and tells of turns that block the loop. What a block means is left to whoever
 * is told.
 */
import { performance } from 'node:perf_hooks';
import { REST_OF_TENANTS, type LoopUsage, type Usage } from '../snapshot/report.js';
import { GcLog, type GcFigures } from './gc-log.js';
import { HeapSampler, heapBytes } from './heap-sampler.js';
import { beatPeriodMs, sharedNowMs, type LoopCell, type SlotOwner } from './loop-cell.js';
import { ThreadClock, kernelThreadId, ownThreadCpuMs } from './thread-clock.js';
import { answerProbes } from './turn-probe.js';
import { listenToTurns, runAsNobody, type TurnListener, type TurnOwner } from './turn-scope.js';
import { TICK_MS, UsageWindows } from './usage-windows.js';

/** A turn that held the loop for longer than the threshold, or that was told as a block meanwhile. */
export interface LongTurn {
  /** The cell's count of switches while it lasted: what an outside observer knows it by. */
  readonly switches: number;
  readonly cause: 'session' | 'host' | 'gc';
  /** Undefined for code of no session. */
  readonly owner: TurnOwner | undefined;
  readonly startedAtMs: number;
  readonly durationMs: number;
}

/** The same as plain data, so that it can travel. */
export interface EndedTurn extends Omit<LongTurn, 'owner'> {
  readonly owner: SlotOwner | null;
}

export function plainTurn({ owner, ...turn }: LongTurn): EndedTurn {
  if (owner === undefined) return { ...turn, owner: null };
  return { ...turn, owner: { session: owner.id, tenant: owner.tenant, agent: owner.agent } };
}

export interface TurnCost {
  readonly cpuMs: number;
  readonly blockedMs: number;
}

export interface TurnClockOptions {
  readonly cell: LoopCell;
  readonly thresholdMs: number;
  readonly onLongTurn: (turn: LongTurn) => void;
  /** Whether a debugger may be attached to this thread; without it whoever watches the cell knows. */
  readonly hasDebugger?: () => boolean;
}

/** What the CPU clock may lag: only a difference beyond it is taken for time that was not run. */
const CLOCK_LAG_MS = 10;

interface PendingTurn {
  /** Whether Node has had its say on collections since. */
  isSettled: boolean;
  readonly turn: Omit<LongTurn, 'cause'>;
  readonly startMs: number;
  readonly endMs: number;
}

export class TurnClock implements TurnListener {
  slot = 0;
  readonly cell: LoopCell;
  readonly #options: TurnClockOptions;
  readonly #timing = performance.nodeTiming;
  readonly #sharedOffsetMs = sharedNowMs() - performance.now();
  readonly #owners: (TurnOwner | undefined)[] = [undefined];
  readonly #freeSlots: number[] = [];
  /** Rows of sessions by slot, row 0 the host's. */
  readonly #sessions: UsageWindows;
  readonly #tenants: UsageWindows;
  readonly #tenantRows = new Map<string, number>();
  readonly #gc = new GcLog();
  readonly #threadClock: ThreadClock;
  readonly #stopListening: () => void;
  readonly #stopAnswering: () => void;
  readonly #heap = new HeapSampler();
  /** Time of each slot's turns since it was last folded into the windows. */
  #turnMs = new Float64Array(64);
  #turnBytes = new Float64Array(64);
  /** Of turns that held the loop for longer than the threshold. */
  #blockedMs = new Float64Array(64);
  #sinceMs: number;
  #sinceIdleMs: number;
  #longMs: number;
  #beatTimer: NodeJS.Timeout | undefined;
  #pending: PendingTurn[] = [];
  #beatPeriodMs: number;
  #lastBeatMs: number;
  #lastTickMs: number;
  #times = { cpuMs: 0, waitedMs: 0 };
  #foldedCpuMs: number | null;
  /** By how much turns were longer than what the thread ran, where that is not yet taken off them. */
  #notRunMs = 0;
  #ranSinceTimesMs = 0;

  constructor(options: TurnClockOptions) {
    this.#options = options;
    this.cell = options.cell;
    this.#longMs = options.thresholdMs;
    this.#beatPeriodMs = beatPeriodMs(options.thresholdMs);
    const nowMs = performance.now();
    this.#sinceMs = nowMs;
    this.#sinceIdleMs = this.#timing.idleTime;
    this.#lastBeatMs = nowMs;
    this.#lastTickMs = nowMs;
    this.#sessions = new UsageWindows(nowMs);
    this.#tenants = new UsageWindows(nowMs);
    this.#sessions.begin(0, nowMs);
    this.cell.kernelThreadId = kernelThreadId();
    this.#threadClock = new ThreadClock(this.cell.kernelThreadId);
    this.#times = this.#threadClock.read() ?? this.#times;
    this.#foldedCpuMs = ownThreadCpuMs(this.#threadClock);
    this.#stopListening = listenToTurns(this);
    this.thresholdMs = options.thresholdMs;
    this.switchTo(0);
    this.#stopAnswering = answerProbes(this.cell);
    this.cell.isWatched = true;
  }

  /** Of this loop's collector. */
  get garbage(): GcFigures {
    return this.#gc.figures;
  }

  get thresholdMs(): number {
    return this.#longMs;
  }

  set thresholdMs(thresholdMs: number) {
    this.#longMs = thresholdMs;
    this.cell.thresholdMs = thresholdMs;
    this.#beatPeriodMs = beatPeriodMs(thresholdMs);
    clearInterval(this.#beatTimer);
    this.#beatTimer = runAsNobody(() =>
      setInterval(() => this.#beat(), this.#beatPeriodMs).unref(),
    );
  }

  /** From now on turns of `owner` are its own. */
  enter(owner: TurnOwner): void {
    const slot = this.#freeSlots.pop() ?? this.#owners.length;
    if (slot >= this.#turnMs.length) this.#grow();
    this.#owners[slot] = owner;
    this.#turnMs[slot] = 0;
    this.#turnBytes[slot] = 0;
    this.#blockedMs[slot] = 0;
    this.#sessions.begin(slot, performance.now());
    owner.turnSlot = slot;
    this.cell.nameSlot(slot, { session: owner.id, tenant: owner.tenant, agent: owner.agent });
  }

  /** The owner's code has come to its end; what it used stays its tenant's. */
  leave(owner: TurnOwner): void {
    const slot = owner.turnSlot;
    if (slot === 0 || this.#owners[slot] !== owner) return;
    if (slot === this.slot) this.switchTo(0);
    this.#fold(slot, 1, performance.now());
    this.#owners[slot] = undefined;
    this.#freeSlots.push(slot);
    owner.turnSlot = 0;
  }

  switchTo(slot: number): void {
    const nowMs = performance.now();
    const idleMs = this.#timing.idleTime;
    const ranMs = nowMs - this.#sinceMs - (idleMs - this.#sinceIdleMs);
    const before = this.slot;
    this.#turnMs[before]! += ranMs;
    this.#ranSinceTimesMs += ranMs;
    if (ranMs > this.#longMs || this.cell.isTold) this.#long(before, ranMs, nowMs);
    this.#sinceMs = nowMs;
    this.#sinceIdleMs = idleMs;
    this.slot = slot;
    this.cell.switched(slot, nowMs + this.#sharedOffsetMs);
    const grownBytes = this.#heap.switched(before, slot, nowMs);
    if (grownBytes > 0) this.#turnBytes[before]! += grownBytes;
  }

  /** As of the last `fold`. */
  usageOf(owner: TurnOwner): Usage {
    return this.#sessions.usage(owner.turnSlot, performance.now());
  }

  /** What the owner has cost so far, the turn that is running included. */
  costOf(owner: TurnOwner): TurnCost {
    const slot = owner.turnSlot;
    const runningMs = slot === this.slot ? performance.now() - this.#sinceMs : 0;
    return {
      cpuMs: this.#sessions.totalMs(slot) + this.#turnMs[slot]! + runningMs,
      blockedMs: this.#blockedMs[slot]! + (runningMs > this.#longMs ? runningMs : 0),
    };
  }

  /** As of the last `fold`. With `only`, all tenants but those are stated together. */
  usage(only?: ReadonlySet<string>): LoopUsage {
    const nowMs = performance.now();
    const tenants: Record<string, Usage> = {};
    if (only !== undefined) {
      const rows: number[] = [];
      for (const tenant of only) {
        const row = this.#tenantRows.get(tenant);
        if (row === undefined) continue;
        tenants[tenant] = this.#tenants.usage(row, nowMs);
        rows.push(row);
      }
      tenants[REST_OF_TENANTS] = this.#tenants.usageBut(new Set(rows), nowMs);
      return { tenants, hostMs: this.#sessions.totalMs(0) };
    }
    for (const [tenant, row] of this.#tenantRows) tenants[tenant] = this.#tenants.usage(row, nowMs);
    return { tenants, hostMs: this.#sessions.totalMs(0) };
  }

  close(): void {
    this.cell.isWatched = false;
    clearInterval(this.#beatTimer);
    this.#stopListening();
    this.#stopAnswering();
    this.#gc.close();
    this.#threadClock.close();
  }

  get #hasDebugger(): boolean {
    return this.#options.hasDebugger?.() ?? this.cell.hasDebugger;
  }

  #beat(): void {
    const nowMs = performance.now();
    // Also where nobody else has run since the last beat: who looks from outside sees a loop that turns.
    this.switchTo(0);
    if (this.cell.thresholdMs !== this.#longMs) this.thresholdMs = this.cell.thresholdMs;
    const lagMs = Math.max(0, nowMs - this.#lastBeatMs - this.#beatPeriodMs);
    this.#lastBeatMs = nowMs;
    this.cell.beat(heapBytes(), lagMs);
    this.#heap.beat();
    const { hasDebugger } = this.#options;
    if (hasDebugger !== undefined) this.cell.hasDebugger = hasDebugger();
    if (this.#pending.length > 0) this.#judge();
    this.#markTimes();
    if (nowMs - this.#lastTickMs < TICK_MS) return;
    this.#lastTickMs = nowMs;
    this.fold();
    this.#sessions.tick(nowMs);
    this.#tenants.tick(nowMs);
  }

  #long(slot: number, ranMs: number, nowMs: number): void {
    const times = this.#threadClock.read();
    if (times !== undefined) {
      // The clocks were last read before this turn began; what others ran since then was theirs.
      const othersMs = this.#ranSinceTimesMs - ranMs;
      const cpuMs = Math.max(0, times.cpuMs - this.#times.cpuMs - Math.max(0, othersMs));
      const waitedMs = Math.max(0, times.waitedMs - this.#times.waitedMs);
      if (ranMs - cpuMs > Math.max(CLOCK_LAG_MS, ranMs / 4)) this.#turnMs[slot]! -= ranMs - cpuMs;
      this.#times = times;
      this.#ranSinceTimesMs = 0;
      // It did not hold the loop: it was kept from running.
      if (ranMs - waitedMs <= this.#longMs && !this.cell.isTold) return;
    }
    // A breakpoint may have held it.
    if (this.#hasDebugger && !this.cell.isTold) return;
    this.#blockedMs[slot]! += ranMs;
    const { switches } = this.cell;
    const startedAtMs = performance.timeOrigin + nowMs - ranMs;
    const turn = { switches, owner: this.#owners[slot], startedAtMs, durationMs: ranMs };
    this.#pending.push({ isSettled: false, turn, startMs: nowMs - ranMs, endMs: nowMs });
  }

  /** At the next beat, when the collector's pauses are known, however soon after this one that is. */
  #judge(): void {
    const unsettled = this.#pending.filter(({ isSettled }) => !isSettled);
    if (unsettled.length > 0) {
      // Node tells of them before it comes to this.
      setImmediate(() => {
        for (const pending of unsettled) pending.isSettled = true;
      }).unref();
    }
    const due = this.#pending.filter(({ isSettled }) => isSettled);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter((pending) => !due.includes(pending));
    for (const { turn, startMs, endMs } of due) {
      // What is long enough without them is a block of its owner's, who may have caused them as well.
      const collectedMs = this.#gc.pausedMs(startMs, endMs);
      const isGc =
        collectedMs > turn.durationMs / 2 && turn.durationMs - collectedMs <= this.#longMs;
      const cause = isGc ? 'gc' : turn.owner === undefined ? 'host' : 'session';
      this.#options.onLongTurn({ ...turn, owner: isGc ? undefined : turn.owner, cause });
    }
  }

  #markTimes(): void {
    const times = this.#threadClock.read();
    if (times === undefined) return;
    this.#times = times;
    this.#ranSinceTimesMs = 0;
  }

  /** Brings the windows up to date; scaled where the thread ran for less than its turns lasted. */
  fold(): void {
    const nowMs = performance.now();
    this.switchTo(this.slot);
    const scale = this.#ranRatio();
    for (let slot = 0; slot < this.#owners.length; slot += 1) this.#fold(slot, scale, nowMs);
  }

  /**
   * What part of the turns since the last fold the thread ran. What the CPU clock lags is given back
   * at a later fold; what the thread was kept from running adds up, however little it is each time.
   */
  #ranRatio(): number {
    const cpuMs = ownThreadCpuMs(this.#threadClock);
    const formerlyMs = this.#foldedCpuMs;
    this.#foldedCpuMs = cpuMs;
    if (cpuMs === null || formerlyMs === null) return 1;
    let sumMs = 0;
    for (let slot = 0; slot < this.#owners.length; slot += 1) sumMs += this.#turnMs[slot]!;
    this.#notRunMs = Math.max(-CLOCK_LAG_MS, this.#notRunMs + sumMs - (cpuMs - formerlyMs));
    if (this.#notRunMs <= 0 || sumMs <= 0) return 1;
    const takenMs = Math.min(sumMs, this.#notRunMs);
    this.#notRunMs -= takenMs;
    return 1 - takenMs / sumMs;
  }

  #fold(slot: number, scale: number, nowMs: number): void {
    const ms = this.#turnMs[slot]! * scale;
    const bytes = this.#turnBytes[slot]!;
    if (ms === 0 && bytes === 0) return;
    this.#turnMs[slot] = 0;
    this.#turnBytes[slot] = 0;
    this.#sessions.add(slot, ms, bytes);
    const owner = this.#owners[slot];
    if (owner !== undefined) this.#tenants.add(this.#tenantRow(owner.tenant, nowMs), ms, bytes);
  }

  #tenantRow(tenant: string, nowMs: number): number {
    const known = this.#tenantRows.get(tenant);
    if (known !== undefined) return known;
    const row = this.#tenantRows.size;
    this.#tenantRows.set(tenant, row);
    this.#tenants.begin(row, nowMs);
    return row;
  }

  #grow(): void {
    this.#turnMs = larger(this.#turnMs);
    this.#turnBytes = larger(this.#turnBytes);
    this.#blockedMs = larger(this.#blockedMs);
  }
}

function larger(table: Float64Array): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(table.length * 2);
  copy.set(table);
  return copy;
}
