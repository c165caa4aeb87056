/** Frames of many sessions as bytes over one pipe between a host and its child: either end of it. */
import type { Duplex } from 'node:stream';
import type { FrameCarrier } from './frame-carrier.js';
import { FrameReader, decodeFrame, encodeFrame } from './framing.js';
import type { Frame } from './messages.js';

/** The pipe's file descriptor in the child, after stdin, stdout and stderr. */
export const PIPE_FD = 3;

export class FramePipe {
  readonly #pipe: Duplex;
  readonly #listeners = new Map<number, (frame: Frame) => void>();

  /** `onBroken` is called when what arrives is no frame. */
  constructor(pipe: Duplex, onBroken: (error: Error) => void) {
    this.#pipe = pipe;
    const reader = new FrameReader((stream, payload) =>
      this.deliver(stream, () => decodeFrame(payload)),
    );
    pipe.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        onBroken(error as Error);
      }
    });
    // Both ends learn in other ways that the other one is gone, and learn more.
    pipe.on('error', () => {});
  }

  carrier(stream: number): FrameCarrier {
    return {
      post: (frame) => void this.#pipe.write(encodeFrame(stream, frame)),
      listen: (onFrame) => void this.#listeners.set(stream, onFrame),
      close: () => void this.#listeners.delete(stream),
    };
  }

  /** A frame as if it had arrived; dropped where nobody listens any more. */
  deliver(stream: number, frame: () => Frame): void {
    this.#listeners.get(stream)?.(frame());
  }
}
