/**
 * The healthy calls' clients. Frames of all calls are numbered in the order in which they are due, evenly
 * spread over time; one that is late is sent at once, and counts from when it was due. What the
 * latencies say is judged in `verdict.ts`.
 */
import { speechFrames } from '../speech.js';
import type { Call, Contender } from './contenders/contender.js';
import { CALLS, FRAME_BYTES, FRAME_MS, HEALTHY_TENANTS, type Times } from './plan.js';

const GAP_MS = FRAME_MS / CALLS;
/** A frame that nobody answered. */
const NEVER = Number.NaN;

export class Audience {
  /** By frame, ms from due to answered; NaN until it is. */
  readonly latenciesMs: Float64Array;
  readonly failures = new Map<number, string>();
  readonly #frames = speechFrames(FRAME_BYTES);
  readonly #calls: Call[] = [];
  #startMs = 0;
  #sent = 0;
  #answered = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(times: Times) {
    const longestMs = Object.values(times).reduce((sum: number, ms: number) => sum + ms, 0);
    this.latenciesMs = new Float64Array((2 * longestMs) / GAP_MS).fill(NEVER);
  }

  get sent(): number {
    return this.#sent;
  }

  get isWaiting(): boolean {
    return this.#answered < this.#sent;
  }

  async open(contender: Contender): Promise<void> {
    for (let call = 0; call < CALLS; call += 1) {
      const opened = await contender.openCall(`tenant-${call % HEALTHY_TENANTS}`, {
        answered: (number) => {
          this.#answered += 1;
          this.latenciesMs[number] = performance.now() - this.#dueMs(number);
        },
        failed: (why) => {
          if (!this.failures.has(call)) this.failures.set(call, why);
        },
      });
      this.#calls.push(opened);
    }
  }

  start(): void {
    this.#startMs = performance.now();
    const sendDue = (): void => {
      const nowMs = performance.now();
      while (this.#sent < this.latenciesMs.length && this.#dueMs(this.#sent) <= nowMs) {
        const number = this.#sent++;
        const pcm = this.#frames[Math.floor(number / CALLS) % this.#frames.length]!;
        this.#calls[number % CALLS]!.send(number, pcm);
      }
      this.#timer = setTimeout(sendDue, 1);
    };
    sendDue();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** The first frame that is due at or after `atMs`, on `performance.now()`. */
  frameAt(atMs: number): number {
    return Math.max(0, Math.ceil((atMs - this.#startMs) / GAP_MS));
  }

  #dueMs(number: number): number {
    return this.#startMs + number * GAP_MS;
  }
}
