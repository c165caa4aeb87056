/**
 * The healthy tenants' calls and their clients. Every 20 ms a call sends a frame; the latency of a frame
 * runs from when it was due, so that a loop that stands still does not hide it. When to look is told in
 * story.ts.
 */
import type { AgentPool } from '@tenantry/core';
import type { Frame, Heard } from './agents/voice.js';
import { FRAME_MS, speechFrames } from './speech.js';

export const HEALTHY_TENANTS = ['acme', 'globex', 'initech'] as const;
export const CALLS = 30;
const GAP_MS = FRAME_MS / CALLS;
/** Frames of a long run: two minutes. */
const MOST_FRAMES = 120_000 / GAP_MS;

export class Neighbours {
  /** By frame, of all calls in the order in which they are due; NaN until it is answered. */
  readonly #latenciesMs = new Float64Array(MOST_FRAMES).fill(Number.NaN);
  readonly #failures = new Map<number, string>();
  readonly #sends: ((frame: Frame) => void)[] = [];
  readonly #hangUps: (() => Promise<unknown>)[] = [];
  #isOver = false;
  #startMs = 0;
  #sent = 0;
  #answered = 0;
  #timer: NodeJS.Timeout | undefined;

  /** One sentence for each call that ended, was refused or lost a frame. */
  get failures(): readonly string[] {
    return [...this.#failures.values()];
  }

  async start(pool: AgentPool): Promise<void> {
    for (let call = 0; call < CALLS; call += 1) await this.#open(pool, call);
    const frames = speechFrames();
    this.#startMs = performance.now();
    const sendDue = (): void => {
      const nowMs = performance.now();
      while (this.#sent < MOST_FRAMES && this.#dueMs(this.#sent) <= nowMs) {
        const number = this.#sent++;
        const pcm = frames[Math.floor(number / CALLS) % frames.length]!;
        this.#sends[number % CALLS]!({ number, pcm });
      }
      if (!this.#isOver) this.#timer = setTimeout(sendDue, 1);
    };
    sendDue();
  }

  /** Hangs up, and counts the frames that were never answered. */
  async stop(): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#timer);
    await Promise.all(this.#hangUps.map((hangUp) => hangUp()));
    if (this.#answered === this.#sent) return;
    for (let number = 0; number < this.#sent; number += 1) {
      if (Number.isNaN(this.#latenciesMs[number])) this.#fail(number % CALLS, 'a frame was lost');
    }
  }

  /** Of the frames that were due between two moments of `performance.now()`; null without any. */
  p99Ms(fromMs: number, toMs: number): number | null {
    const first = Math.max(0, Math.ceil((fromMs - this.#startMs) / GAP_MS));
    const end = Math.min(this.#sent, Math.ceil((toMs - this.#startMs) / GAP_MS));
    const answered = this.#latenciesMs.subarray(first, end).filter((ms) => !Number.isNaN(ms));
    return answered.sort()[Math.ceil(answered.length * 0.99) - 1] ?? null;
  }

  async #open(pool: AgentPool, call: number): Promise<void> {
    const tenant = HEALTHY_TENANTS[call % HEALTHY_TENANTS.length]!;
    const session = await pool.open<Frame, Heard>({ tenant, agent: 'voice' });
    void this.#listen(session.messages);
    this.#sends.push((frame) => {
      session.send(frame).catch((error: Error) => this.#fail(call, error.message));
    });
    this.#hangUps.push(() => session.close());
    void session.done.then(({ reason, error }) => {
      if (!this.#isOver || reason !== 'completed') {
        this.#fail(call, `a call of ${tenant} ended as ${reason}: ${error?.message ?? ''}`);
      }
    });
  }

  async #listen(messages: AsyncIterable<Heard>): Promise<void> {
    try {
      for await (const { number } of messages) {
        this.#answered += 1;
        this.#latenciesMs[number] = performance.now() - this.#dueMs(number);
      }
    } catch {
      // A session that breaks says why in its outcome.
    }
  }

  #fail(call: number, why: string): void {
    if (!this.#failures.has(call)) this.#failures.set(call, why);
  }

  #dueMs(number: number): number {
    return this.#startMs + number * GAP_MS;
  }
}
