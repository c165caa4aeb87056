/** A frame carrier in memory: keeps what was posted, and lets frames arrive by hand. */
import type { FrameCarrier } from '../../src/wire/frame-carrier.js';
import type { Frame, FrameSignal } from '../../src/wire/messages.js';

export class MemoryCarrier implements FrameCarrier {
  readonly posted: Frame[] = [];
  readonly moved: (readonly ArrayBuffer[])[] = [];
  isClosed = false;
  #onFrame: (frame: Frame) => void = () => {};

  post(frame: Frame, moved: readonly ArrayBuffer[]): void {
    this.posted.push(frame);
    this.moved.push(moved);
  }

  listen(onFrame: (frame: Frame) => void): void {
    this.#onFrame = onFrame;
  }

  close(): void {
    this.isClosed = true;
  }

  arrive(frame: Frame): void {
    this.#onFrame(frame);
  }

  /** A signal from the other side, alone or behind messages of 8 bytes each. */
  say(signal: FrameSignal | null, messages: readonly unknown[] = []): void {
    this.arrive([0, 0, messages, messages.map(() => 8), signal]);
  }
}
