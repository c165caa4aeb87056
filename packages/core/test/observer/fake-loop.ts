/** A loop in shared memory with the kernel's clocks of its thread, moved by hand, and its watch. */
import { LoopCell } from '../../src/attribution/loop-cell.js';
import type { ThreadTimes } from '../../src/attribution/thread-clock.js';
import { LoopWatch, type SeenBlock } from '../../src/observer/loop-watch.js';
import type { CapturedStack } from '../../src/observer/stack-capture.js';
import { gate, type Gate } from '../gate.js';
import { ManualClock } from '../manual-clock.js';
import { turns } from '../turns.js';
import { OTHER, OWNER, PLACE } from './block-rows.js';

export const SLOT = 1;
export const OTHER_SLOT = 2;
const POLL_MS = 20;

export class FakeLoop {
  readonly clock = new ManualClock();
  readonly cell = new LoopCell(8);
  readonly told: SeenBlock[] = [];
  readonly ended: SeenBlock[] = [];
  readonly stacks: SeenBlock[] = [];
  readonly asked: Gate<CapturedStack | undefined>[] = [];
  readonly watch: LoopWatch;
  /** How late the watching thread gets to its timers. */
  timersLateMs = 0;
  times: ThreadTimes | undefined = { cpuMs: 0, waitedMs: 0 };
  #untilPollMs = POLL_MS;
  /** Of a wait that lasts: the kernel adds it when the thread has got its core. */
  #waitingMs = 0;
  #isReady = false;

  constructor(thresholdMs = 50) {
    const { clock, cell } = this;
    cell.thresholdMs = thresholdMs;
    cell.isWatched = true;
    cell.nameSlot(SLOT, OWNER);
    cell.nameSlot(OTHER_SLOT, OTHER);
    this.watch = new LoopWatch(
      {
        isolate: 'main',
        cell,
        threadTimes: () => this.times,
        isReady: () => this.#isReady,
        close: () => {},
        capture: () => {
          const asked = gate<CapturedStack | undefined>();
          this.asked.push(asked);
          return asked.promise;
        },
      },
      {
        nowMs: () => clock.nowMs(),
        epochMs: () => clock.epochMs(),
        after: (delayMs, run) => void clock.after(delayMs + this.timersLateMs, run),
      },
      {
        captured: (block) => void this.stacks.push(block),
        blocked: (block) => void this.told.push(block),
        over: (block) => void this.ended.push(block),
      },
    );
  }

  /** The loop begins a turn of a slot, now. */
  turn(slot: number): void {
    this.cell.switched(slot, this.clock.nowMs());
  }

  /** Time in which the thread uses a core, waits for one, or does neither; polled as it passes. */
  pass(forMs: number, how: 'runs' | 'waits' | 'sleeps' = 'runs'): void {
    for (let passedMs = 0; passedMs < forMs; passedMs += 1) {
      this.#isReady = how !== 'sleeps';
      if (how === 'waits') this.#waitingMs += 1;
      else this.#run(how === 'runs' ? 1 : 0);
      this.clock.advance(1);
      this.#untilPollMs -= 1;
      if (this.#untilPollMs > 0) continue;
      this.#untilPollMs = POLL_MS;
      this.watch.poll();
    }
  }

  #run(ranMs: number): void {
    if (this.times === undefined) return;
    const { cpuMs, waitedMs } = this.times;
    this.times = { cpuMs: cpuMs + ranMs, waitedMs: waitedMs + this.#waitingMs };
    this.#waitingMs = 0;
  }

  /** An idle loop beats: each beat is a turn of nobody. */
  idle(forMs: number): void {
    for (let passedMs = 0; passedMs < forMs; passedMs += POLL_MS) {
      this.turn(0);
      this.pass(POLL_MS, 'sleeps');
    }
  }

  /** The thread answers what it was last asked. */
  async answer(fields: Partial<CapturedStack> = {}): Promise<void> {
    this.asked.at(-1)!.open({
      owner: OWNER,
      switches: this.cell.switches,
      place: PLACE,
      stack: [PLACE],
      isInsideCall: false,
      ...fields,
    });
    await turns();
  }

  /** A loop that has beaten for a while, then begins a turn of a session. */
  static async blocking(thresholdMs?: number): Promise<FakeLoop> {
    const loop = new FakeLoop(thresholdMs);
    loop.idle(200);
    loop.turn(SLOT);
    return loop;
  }
}
