/** PORT: carries the frames of one session between its two ends, in order, in both directions. */
import type { MessagePort } from 'node:worker_threads';
import type { Frame } from './messages.js';

export interface FrameCarrier {
  /** `moved` are buffers of the frame that need not be copied. */
  post(frame: Frame, moved: readonly ArrayBuffer[]): void;
  /** Called for each frame that arrives; set once. */
  listen(onFrame: (frame: Frame) => void): void;
  close(): void;
}

/** Frames as values over a port: between a host and a thread of the same process. */
export function valueCarrier(port: MessagePort): FrameCarrier {
  return {
    post: (frame, moved) => port.postMessage(frame, moved),
    listen: (onFrame) => void port.on('message', onFrame),
    close: () => port.close(),
  };
}
