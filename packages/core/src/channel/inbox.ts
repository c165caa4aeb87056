/**
 * The receiving side of one direction: an async iterable that hands each message to one consumer and
 * tells the sender what was consumed. Leaving the loop early ends nothing; a later loop goes on.
 */
import type { ClonedMessage } from './cloned-message.js';
import { passedOn, turnIsOver } from './fair-turn.js';

interface Consumer {
  readonly resolve: (result: IteratorResult<unknown, undefined>) => void;
  readonly reject: (error: Error) => void;
}

type Ending = { readonly kind: 'closed' } | { readonly kind: 'broken'; readonly error: Error };

class Yielded implements IteratorYieldResult<unknown> {
  readonly done = false;
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

export class Inbox implements AsyncIterableIterator<unknown> {
  /** Called with what a consumer took; given by whoever joins the two sides. */
  onConsumed: (count: number, bytes: number) => void = () => {};
  receivedCount = 0;
  consumedCount = 0;
  /** Time of the last message by the given clock; 0 without one or before the first. */
  lastAtMs = 0;
  readonly #nowMs: (() => number) | undefined;
  #queue: ClonedMessage[] | undefined;
  #head = 0;
  #consumers: Consumer[] | undefined;
  #ending: Ending | undefined;
  #readAheadCount = 0;
  /** While its session may change places: nothing is handed out. */
  #held = false;
  /** How many of the queue's first messages the sender was told of before they were consumed. */
  #aheadCount = 0;

  constructor(nowMs?: () => number) {
    this.#nowMs = nowMs;
  }

  get queuedCount(): number {
    return (this.#queue?.length ?? 0) - this.#head;
  }

  push(message: ClonedMessage): void {
    if (this.#ending !== undefined) return;
    this.receivedCount += 1;
    if (this.#nowMs !== undefined) this.lastAtMs = this.#nowMs();
    const consumer = this.#held ? undefined : this.#consumers?.shift();
    if (consumer === undefined) {
      if (this.#queue === undefined) this.#queue = [message];
      else this.#queue.push(message);
      if (this.queuedCount <= this.#readAheadCount) this.#takeAhead(message);
      return;
    }
    if (this.#consumers!.length === 0) this.#consumers = undefined;
    consumer.resolve(this.#consume(message));
  }

  /**
   * Shows every message as it comes, those that wait already first. By an own `push`, so that an inbox
   * that nobody watches pays nothing for it.
   */
  watch(seen: (value: unknown) => void): void {
    for (const { value } of (this.#queue ?? []).slice(this.#head)) seen(value);
    this.push = (message) => {
      if (this.#ending === undefined) seen(message.value);
      Inbox.prototype.push.call(this, message);
    };
  }

  /**
   * Lets the sender go on although nobody consumes: up to `maxCount` messages are kept here. For a
   * client that has said its last word, so that an agent never waits for a reader who has left.
   */
  readAhead(maxCount: number): void {
    this.#readAheadCount = maxCount;
    const waiting = (this.#queue ?? []).slice(this.#head + this.#aheadCount, this.#head + maxCount);
    for (const message of waiting) this.#takeAhead(message);
  }

  /** Hands out nothing more until `release`; whoever asks waits. */
  hold(): void {
    this.#held = true;
  }

  /** Goes on as if it had never been held. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    while (this.#consumers !== undefined && this.#hasNext) {
      const { resolve } = this.#consumers.shift()!;
      if (this.#consumers.length === 0) this.#consumers = undefined;
      // What is queued, then the end, in the order in which it was asked for.
      void this.next().then(resolve);
    }
  }

  /** Takes out what nobody has consumed, oldest first: it is to be consumed elsewhere. */
  takeUnread(): ClonedMessage[] {
    const unread = (this.#queue ?? []).slice(this.#head);
    this.#queue = undefined;
    this.#head = 0;
    this.#aheadCount = 0;
    return unread;
  }

  /** Of what is queued, how much the sender has not been told of. */
  untold(): { readonly count: number; readonly bytes: number } {
    const waiting = (this.#queue ?? []).slice(this.#head + this.#aheadCount);
    return { count: waiting.length, bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0) };
  }

  /** No more will come: consumers get what is queued, then the end. */
  close(): void {
    this.#end({ kind: 'closed' });
  }

  /** Ends at once: what is queued is given up and every consumer gets `error`. */
  break(error: Error): void {
    this.#queue = undefined;
    this.#head = 0;
    this.#aheadCount = 0;
    this.#end({ kind: 'broken', error });
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    const queue = this.#queue;
    const message = this.#held ? undefined : queue?.[this.#head];
    if (queue !== undefined && message !== undefined) {
      const turn = turnIsOver();
      if (turn !== undefined) return turn.then(() => this.next());
      void passedOn();
      this.#head += 1;
      if (this.#head === queue.length) {
        queue.length = 0;
        this.#head = 0;
      } else if (this.#head >= 1_024 && this.#head * 2 > queue.length) {
        queue.splice(0, this.#head);
        this.#head = 0;
      }
      return Promise.resolve(this.#consume(message));
    }
    const ending = this.#ending;
    if (ending === undefined || (this.#held && ending.kind === 'closed')) {
      return new Promise((resolve, reject) => {
        (this.#consumers ??= []).push({ resolve, reject });
      });
    }
    return ending.kind === 'closed' ? Promise.resolve(DONE) : Promise.reject(ending.error);
  }

  return(): Promise<IteratorResult<unknown, undefined>> {
    return Promise.resolve(DONE);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  get #hasNext(): boolean {
    return this.queuedCount > 0 || this.#ending !== undefined;
  }

  #consume(message: ClonedMessage): IteratorYieldResult<unknown> {
    this.consumedCount += 1;
    if (this.#aheadCount === 0) this.onConsumed(1, message.bytes);
    else {
      this.#aheadCount -= 1;
      // Keeps the messages told ahead the queue's first ones, so that each is told once.
      const next = this.#queue?.[this.#head + this.#aheadCount];
      if (next !== undefined) this.#takeAhead(next);
    }
    return new Yielded(message.value);
  }

  #takeAhead(message: ClonedMessage): void {
    this.#aheadCount += 1;
    this.onConsumed(1, message.bytes);
  }

  #end(ending: Ending): void {
    if (this.#ending?.kind === 'broken') return;
    this.#ending = ending;
    if (this.#held && ending.kind === 'closed') return;
    const consumers = this.#consumers;
    if (consumers === undefined) return;
    this.#consumers = undefined;
    for (const consumer of consumers) {
      if (ending.kind === 'closed') consumer.resolve(DONE);
      else consumer.reject(ending.error);
    }
  }
}
