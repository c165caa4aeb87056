/**
 * Asks a pool again and again, one question at a time: found by the same rules each time it is lost.
 * What is made of the answers is left to the listener.
 */
import { every, type Clock, type Timer } from '@tenantry/core/internal';
import type { Snapshot } from '@tenantry/core/snapshot';

export interface PoolSource {
  /** The pool's socket, by the rules of the command line. */
  find(): Promise<string>;
  fetch(socket: string, signal: AbortSignal): Promise<Snapshot>;
}

export interface PoolWatchListener {
  answered(snapshot: Snapshot): void;
  /** The latest question has had no answer for so long. */
  late(forMs: number): void;
  /** It could not be asked, since `forMs`; `error` is of the last try. */
  failed(error: unknown, forMs: number): void;
}

/** A question that takes longer than this is worth a word. */
const LATE_MS = 1_000;
/** How often the time of a pool that does not answer is told anew. */
const TELL_EVERY_MS = 1_000;

export class PoolWatch {
  readonly #source: PoolSource;
  readonly #clock: Clock;
  readonly #periodMs: number;
  readonly #listener: PoolWatchListener;
  #socket: string | undefined;
  #isStopped = false;
  /** The question that is under way. Each has a signal of its own: a socket leaves a listener on it. */
  #question: { readonly askedAtMs: number; readonly stop: AbortController } | undefined;
  /** The last answer, or the beginning where there was none. */
  #aliveAtMs: number;
  #lastError: { readonly error: unknown } | undefined;
  #next: Timer | undefined;
  readonly #teller: Timer;

  constructor(setup: {
    readonly source: PoolSource;
    /** Where the pool was found. */
    readonly socket: string;
    readonly periodMs: number;
    readonly clock: Clock;
    readonly listener: PoolWatchListener;
  }) {
    this.#source = setup.source;
    this.#socket = setup.socket;
    this.#periodMs = setup.periodMs;
    this.#clock = setup.clock;
    this.#listener = setup.listener;
    this.#aliveAtMs = this.#clock.nowMs();
    this.#teller = every(this.#clock, TELL_EVERY_MS, () => this.#tell());
    this.#askIn(this.#periodMs);
  }

  /** Does not wait for the period; nothing where a question is under way. */
  askNow(): void {
    if (this.#question !== undefined || this.#isStopped) return;
    this.#next?.cancel();
    void this.#ask();
  }

  stop(): void {
    this.#isStopped = true;
    this.#question?.stop.abort();
    this.#next?.cancel();
    this.#teller.cancel();
  }

  #askIn(delayMs: number): void {
    if (this.#isStopped) return;
    this.#next = this.#clock.after(delayMs, () => void this.#ask(), true);
  }

  async #ask(): Promise<void> {
    const askedAtMs = this.#clock.nowMs();
    const stop = new AbortController();
    this.#question = { askedAtMs, stop };
    try {
      this.#socket ??= await this.#source.find();
      const snapshot = await this.#source.fetch(this.#socket, stop.signal);
      if (this.#isStopped) return;
      this.#aliveAtMs = this.#clock.nowMs();
      this.#lastError = undefined;
      this.#listener.answered(snapshot);
    } catch (error) {
      if (this.#isStopped) return;
      // Whoever comes instead may have another socket.
      this.#socket = undefined;
      this.#lastError = { error };
      this.#tell();
    } finally {
      this.#question = undefined;
      const tookMs = this.#clock.nowMs() - askedAtMs;
      this.#askIn(Math.max(0, this.#periodMs - tookMs));
    }
  }

  #tell(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#lastError !== undefined) {
      this.#listener.failed(this.#lastError.error, nowMs - this.#aliveAtMs);
      return;
    }
    if (this.#question === undefined) return;
    const forMs = nowMs - this.#question.askedAtMs;
    if (forMs >= LATE_MS) this.#listener.late(forMs);
  }
}
