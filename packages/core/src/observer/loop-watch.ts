/**
 * Watches one loop from another thread: notices that the same turn has held it for too long, has its
 * stack taken while it lasts, and tells. It reads shared memory and the kernel's clocks, and nothing
 * that the loop would have to answer. What a block costs whom is left to the block desk.
 */
import { beatPeriodMs, type LoopCell, type SlotOwner } from '../attribution/loop-cell.js';
import type { ThreadTimes } from '../attribution/thread-clock.js';
import type { CapturedStack } from './stack-capture.js';

/** A block while it lasts. */
export interface SeenBlock {
  readonly isolate: string;
  /** The cell's count of switches: what the loop itself knows the block by. */
  readonly switches: number;
  readonly owner: SlotOwner | null;
  readonly place: CapturedStack['place'];
  readonly stack: CapturedStack['stack'];
  /** Wall-clock start, ms since 1970. */
  readonly startedAtMs: number;
  /** So far. */
  readonly durationMs: number;
}

export interface WatchedLoop {
  readonly isolate: string;
  readonly cell: LoopCell;
  /** Of the loop's thread; undefined where the kernel does not say. */
  threadTimes(): ThreadTimes | undefined;
  /** Whether the thread runs or waits for a core at this moment; false where the kernel does not say. */
  isReady(): boolean;
  /** Nothing more is asked of the loop. */
  close(): void;
  /** Resolves when the thread has answered, which it does not before a native call has returned. */
  capture(): Promise<CapturedStack | undefined>;
}

export interface WatchListener {
  /** A stack was taken of a turn that may yet become a block. */
  captured(block: SeenBlock): void;
  /** The threshold has been passed; told once a block. */
  blocked(block: SeenBlock): void;
  /** What was told is over; how long it was exactly is the loop's to say. */
  over(block: SeenBlock): void;
}

/** What of a block is told when. */
export type BlockPhase = keyof WatchListener;

export interface WatchTime {
  /** On the clock that the cell's times are of. */
  nowMs(): number;
  epochMs(): number;
  after(delayMs: number, run: () => void): void;
}

/** The stack is taken a little before the threshold, so that a block just above it has one too. */
const CAPTURE_AT_RATIO = 0.8;
/** JavaScript answers within this; what does not is native code. */
const CAPTURE_DEADLINE_MS = 25;
/** A turn that goes on for so long after its late answer is running JavaScript: it is asked again. */
const ASK_AGAIN_MS = 50;
/** What the kernel's clocks may lag behind. */
const CLOCK_LAG_MS = 4;
/**
 * A full collection takes about a millisecond a megabyte, and on busy cores its helper threads keep it
 * waiting: for as long as that, silence may be one, and nobody is named for it.
 */
const COLLECTION_MS_PER_BYTE = 2 / 1_048_576;
const COLLECTION_WAIT_MS = 100;

interface Look {
  readonly atMs: number;
  readonly times: ThreadTimes | undefined;
}

interface Stall {
  readonly switches: number;
  readonly sinceMs: number;
  readonly before: Look;
  readonly first: Look;
  capture: 'none' | 'asked' | 'silent' | CapturedStack;
  isTold: boolean;
}

export class LoopWatch {
  /** How often `poll` is called. */
  pollMs = 20;
  readonly #loop: WatchedLoop;
  readonly #time: WatchTime;
  readonly #listener: WatchListener;
  #lastLook: Look;
  /** The first look that found the thread's clocks as they are now. */
  #standingSince: Look;
  #lastSwitches = -1;
  #stall: Stall | undefined;
  #lookIsDue = false;

  constructor(loop: WatchedLoop, time: WatchTime, listener: WatchListener) {
    this.#loop = loop;
    this.#time = time;
    this.#listener = listener;
    this.#lastLook = { atMs: time.nowMs(), times: undefined };
    this.#standingSince = this.#lastLook;
  }

  /** The block that lasts now, if it has been told. */
  get ongoing(): SeenBlock | undefined {
    const stall = this.#stall;
    return stall?.isTold === true && this.#isStill(stall) ? this.#describe(stall) : undefined;
  }

  stop(): void {
    this.#stall = undefined;
    this.#loop.close();
  }

  /** Called every `pollMs`. */
  poll(): void {
    const { cell } = this.#loop;
    const look = this.#look();
    const last = this.#lastLook;
    this.#lastLook = look;
    const { switches } = cell;
    const hasMoved = switches !== this.#lastSwitches;
    this.#lastSwitches = switches;
    // Whoever looks late was kept from running himself, and so, perhaps, was the loop.
    const wasAway = look.atMs - last.atMs > this.pollMs * 5 + CLOCK_LAG_MS;
    if (hasMoved && this.#stall?.isTold === true) this.#listener.over(this.#describe(this.#stall));
    if (!cell.isWatched || cell.hasDebugger || hasMoved || wasAway) {
      if (hasMoved || this.#stall?.isTold !== true) this.#stall = undefined;
      return;
    }
    const stall = (this.#stall ??= {
      switches,
      sinceMs: cell.sinceMs,
      before: last,
      first: look,
      capture: 'none',
      isTold: false,
    });
    this.#judge(stall, look);
  }

  #look(): Look {
    const look: Look = { atMs: this.#time.nowMs(), times: this.#loop.threadTimes() };
    const { times } = this.#standingSince;
    const hasMoved = look.times?.cpuMs !== times?.cpuMs || look.times?.waitedMs !== times?.waitedMs;
    if (hasMoved) this.#standingSince = look;
    return look;
  }

  #judge(stall: Stall, look: Look): void {
    if (stall.isTold) return;
    const { thresholdMs } = this.#loop.cell;
    const stalledMs = look.atMs - stall.sinceMs;
    const heldMs = stalledMs - this.#notHeldMs(stall, look);
    if (stall.capture === 'none' && heldMs >= thresholdMs * CAPTURE_AT_RATIO) this.#capture(stall);
    const isCaptured = stall.capture !== 'none' && stall.capture !== 'asked';
    if (heldMs > thresholdMs && isCaptured && !this.#mayBeCollection(stall, heldMs)) {
      this.#tell(stall);
      return;
    }
    const untilMs = stall.capture === 'none' ? thresholdMs * CAPTURE_AT_RATIO : thresholdMs;
    this.#lookIn(untilMs - heldMs + 0.5);
  }

  /** A look of its own where the next poll would come too late. */
  #lookIn(delayMs: number): void {
    if (this.#lookIsDue || delayMs <= 0 || delayMs >= this.pollMs) return;
    this.#lookIsDue = true;
    this.#time.after(delayMs, () => {
      this.#lookIsDue = false;
      this.#lookAgain();
    });
  }

  #lookAgain(): void {
    const stall = this.#stall;
    if (stall === undefined || !this.#isStill(stall)) return;
    this.#judge(stall, this.#look());
  }

  /**
   * Time since the last switch in which the turn did not hold the loop: the thread waited for a core,
   * or the loop was idle before its turn began, which no switch tells of when the same owner ran last.
   */
  #notHeldMs({ sinceMs, before, first }: Stall, look: Look): number {
    if (look.times === undefined || first.times === undefined) return 0;
    // The look before the first one saw the same turn.
    const waitedMs = look.times.waitedMs - (before.times ?? first.times).waitedMs;
    const unseenMs = Math.max(0, first.atMs - sinceMs);
    const idleUnseenMs =
      before.times === undefined ? 0 : Math.min(unseenMs, idleBetween(before, first));
    const waitingMs = this.#waitingMs(look);
    const idleMs = Math.max(0, idleBetween(first, look) - waitingMs) + idleUnseenMs;
    // A loop that is idle beats; what sleeps for longer than that is a native call.
    return waitedMs + waitingMs + Math.min(idleMs, beatPeriodMs(this.#loop.cell.thresholdMs));
  }

  /**
   * Of a wait for a core that lasts: the kernel adds it up when it is over. Until then the thread is
   * ready, and its clocks stand still.
   */
  #waitingMs({ atMs }: Look): number {
    const standingMs = atMs - this.#standingSince.atMs;
    return standingMs > CLOCK_LAG_MS && this.#loop.isReady() ? standingMs : 0;
  }

  #mayBeCollection(stall: Stall, heldMs: number): boolean {
    if (stall.capture !== 'silent') return false;
    return heldMs < COLLECTION_WAIT_MS + this.#loop.cell.heapUsedBytes * COLLECTION_MS_PER_BYTE;
  }

  #capture(stall: Stall): void {
    stall.capture = 'asked';
    this.#awaitAnswer(stall, CAPTURE_DEADLINE_MS, true);
    const lost = (): undefined => undefined;
    void this.#loop.capture().then((captured) => this.#captured(stall, captured), lost);
  }

  /** Whoever waits for a core can neither answer nor hear an answer: that time is given again. */
  #awaitAnswer(stall: Stall, forMs: number, isFirst: boolean): void {
    const asked = this.#look();
    this.#time.after(forMs, () => {
      if (stall.capture !== 'asked') return;
      const now = this.#look();
      const lateMs = isFirst ? now.atMs - asked.atMs - forMs : 0;
      // What was waited before the question is added up after it.
      const waitedMs = Math.min(
        waitedBetween(asked, now) + this.#waitingMs(now),
        notRunBetween(asked, now),
      );
      if (this.#isStill(stall) && lateMs + waitedMs > CLOCK_LAG_MS) {
        this.#awaitAnswer(stall, lateMs + waitedMs, false);
        return;
      }
      stall.capture = 'silent';
      this.#lookAgain();
    });
  }

  #captured(stall: Stall, captured: CapturedStack | undefined): void {
    // It may have been a later turn that answered.
    if (captured?.switches !== stall.switches) return;
    // After a native call has returned, only code that is still inside of it tells where it was called.
    if (stall.capture === 'silent' && !captured.isInsideCall) {
      this.#time.after(ASK_AGAIN_MS, () => {
        if (this.#isStill(stall)) this.#capture(stall);
      });
      return;
    }
    stall.capture = captured;
    this.#listener.captured(this.#describe(stall));
    this.#lookAgain();
  }

  #isStill(stall: Stall): boolean {
    return this.#stall === stall && this.#loop.cell.switches === stall.switches;
  }

  #tell(stall: Stall): void {
    stall.isTold = true;
    this.#loop.cell.told(stall.switches);
    this.#listener.blocked(this.#describe(stall));
  }

  #describe(stall: Stall): SeenBlock {
    const { isolate, cell } = this.#loop;
    const durationMs = this.#time.nowMs() - stall.sinceMs;
    const captured = typeof stall.capture === 'object' ? stall.capture : undefined;
    // Between two microtasks nobody's code is on the stack, and it may be anybody's turn.
    const hasStack = captured !== undefined && captured.stack.length > 0;
    return {
      isolate,
      switches: stall.switches,
      owner: hasStack ? captured.owner : (cell.nameOf(cell.slot) ?? null),
      place: captured?.place ?? null,
      stack: captured?.stack ?? [],
      startedAtMs: this.#time.epochMs() - durationMs,
      durationMs,
    };
  }
}

function waitedBetween({ times: earlier }: Look, { times: later }: Look): number {
  return earlier === undefined || later === undefined ? 0 : later.waitedMs - earlier.waitedMs;
}

function notRunBetween(earlier: Look, later: Look): number {
  if (earlier.times === undefined || later.times === undefined) return 0;
  return Math.max(0, later.atMs - earlier.atMs - (later.times.cpuMs - earlier.times.cpuMs));
}

function idleBetween(earlier: Look, later: Look): number {
  return Math.max(0, notRunBetween(earlier, later) - waitedBetween(earlier, later) - CLOCK_LAG_MS);
}
