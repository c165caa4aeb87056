/**
 * The guest's end of a child's log pipe. Its thread writes past its process's other thread straight
 * into the kernel, where no kill takes a line back. Linux has room for some 270 lines there that the
 * host has not read; a guest that is faster than its host waits for it, briefly, and then keeps lines
 * itself until there is room.
 */
import { writeSync } from 'node:fs';
import net from 'node:net';
import { codeOf } from '@tenantry/core/internal';
import type { LogNotice } from '../wire/messages.js';

/** Beyond it lines are dropped, and told as dropped. */
const MOST_WAITING_BYTES = 1_048_576;
/** How long of each second a guest may stand still for its host. */
const MOST_WAIT_MS = 50;
const WAIT_WINDOW_MS = 1_000;
const WAIT_STEP_MS = 1;
const RETRY_MS = 10;

const sleeper = new Int32Array(new SharedArrayBuffer(4));

export class LogWriter {
  readonly #fd: number;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #lines = 0;
  #bytes = 0;
  #windowStartMs = 0;
  #waitedMs = 0;
  #retry: NodeJS.Timeout | undefined;

  constructor(fd: number) {
    this.#fd = fd;
    // Only for what opening does: from then on, a write to a full pipe fails instead of blocking.
    const socket = new net.Socket({ fd, readable: false, writable: true });
    socket.on('error', () => {});
    socket.unref();
  }

  /** With room in the kernel, the line is there when this returns. */
  write(notice: LogNotice): void {
    const line = lineOf(notice);
    if (this.#waitingBytes + line.byteLength > MOST_WAITING_BYTES) {
      this.#lines += 1;
      this.#bytes += line.byteLength;
    } else {
      if (this.#lines > 0) this.#tellDropped();
      this.#keep(line);
    }
    this.#flush(true);
  }

  #tellDropped(): void {
    const dropped = { kind: 'dropped', lines: this.#lines, bytes: this.#bytes } as const;
    this.#lines = 0;
    this.#bytes = 0;
    this.#keep(lineOf(dropped));
  }

  #keep(line: Buffer): void {
    this.#waiting.push(line);
    this.#waitingBytes += line.byteLength;
  }

  #flush(mayWait: boolean): void {
    while (this.#waiting.length > 0) {
      const [first] = this.#waiting as [Buffer];
      const writtenBytes = this.#tryWrite(first);
      if (writtenBytes === undefined) {
        if (mayWait && this.#stoodStill()) continue;
        this.#retryLater();
        return;
      }
      this.#waitingBytes -= writtenBytes;
      if (writtenBytes === first.byteLength) this.#waiting.shift();
      else this.#waiting[0] = first.subarray(writtenBytes);
    }
  }

  /** Undefined where there is no room. */
  #tryWrite(bytes: Buffer): number | undefined {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      if (codeOf(error) === 'EAGAIN') return undefined;
      // Nobody reads any more: the host is gone, and this process will be.
      return bytes.byteLength;
    }
  }

  /** Whether it has waited for the host once more; not where it has done so long enough. */
  #stoodStill(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#windowStartMs >= WAIT_WINDOW_MS) {
      this.#windowStartMs = nowMs;
      this.#waitedMs = 0;
    }
    if (this.#waitedMs >= MOST_WAIT_MS) return false;
    Atomics.wait(sleeper, 0, 0, WAIT_STEP_MS);
    this.#waitedMs += performance.now() - nowMs;
    return true;
  }

  #retryLater(): void {
    if (this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#flush(false);
    }, RETRY_MS);
    this.#retry.unref();
  }
}

function lineOf(notice: LogNotice): Buffer {
  return Buffer.from(`${JSON.stringify(notice)}\n`);
}
