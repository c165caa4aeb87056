/**
 * Watches the memory of this process: warns, and past the limit has it drained, closed and ended, so
 * that whoever supervises it starts it anew. Isolates have limits of their own.
 */
import { processRssBytes } from '../attribution/process-memory.js';
import type { EmitRuntimeEvent } from '../events/runtime-event.js';
import { Watermark } from '../limits/watermark.js';
import { every, type Clock, type Timer } from '../time/clock.js';
import { ExitGuard } from './exit-guard.js';
import type { PoolParts } from './pool-parts.js';
import { endInOrder, type CloseReport, type Closeable } from './signals.js';

/** As often as a snapshot is made: a loop that fills a gigabyte in a second is not caught by asking. */
const READ_INTERVAL_MS = 1_000;
const BYTES_PER_MB = 1_048_576;
/** After the drain's deadline; the default of `closeOnSignals`. */
const CLOSE_TIMEOUT_MS = 10_000;

/** EX_TEMPFAIL of sysexits.h: trying again is worth it. */
const MEMORY_EXIT_CODE = 75;

export interface MemoryGuardParts {
  readonly clock: Clock;
  /** 0: never. */
  readonly warnMb: number;
  /** 0: never. */
  readonly limitMb: number;
  readonly drainTimeoutMs: number;
  readonly emit: EmitRuntimeEvent;
  /** RSS of this process. */
  readonly rssBytes?: () => number;
  /** Ends this process in order, and in any case. */
  readonly end?: (exitCode: number) => void;
}

/** As the options of a pool say. */
export function guardMemory(
  pool: { drain(timeoutMs: number): Promise<unknown>; close(): Promise<CloseReport> },
  { options, clock, events }: PoolParts,
): MemoryGuard {
  const { memoryWarnMb, memoryLimitMb, drainTimeoutMs } = options;
  const guarded: Closeable = {
    drain: ({ timeoutMs = drainTimeoutMs } = {}) => pool.drain(timeoutMs),
    close: () => pool.close(),
  };
  return new MemoryGuard(guarded, {
    clock,
    warnMb: memoryWarnMb,
    limitMb: memoryLimitMb,
    drainTimeoutMs,
    emit: events.emit,
  });
}

export class MemoryGuard {
  readonly #timer: Timer | undefined;

  constructor(pool: Closeable, parts: MemoryGuardParts) {
    const { clock, warnMb, limitMb, drainTimeoutMs, emit } = parts;
    if (warnMb === 0 && limitMb === 0) return;
    const { rssBytes = processRssBytes } = parts;
    const { end = (exitCode) => endForCertain(pool, drainTimeoutMs, exitCode) } = parts;
    const watermark = new Watermark({
      ...(warnMb === 0 ? {} : { warnMb }),
      ...(limitMb === 0 ? {} : { limitMb }),
    });
    this.#timer = every(clock, READ_INTERVAL_MS, () => {
      const rssMb = rssBytes() / BYTES_PER_MB;
      const said = watermark.read(rssMb);
      if (said === 'warn') emit({ kind: 'memory.warned', rssMb, warnMb });
      if (said !== 'limit') return;
      emit({ kind: 'memory.limit', rssMb, limitMb, exitCode: MEMORY_EXIT_CODE });
      this.close();
      end(MEMORY_EXIT_CODE);
    });
  }

  close(): void {
    this.#timer?.cancel();
  }
}

function endForCertain(pool: Closeable, drainTimeoutMs: number, exitCode: number): void {
  new ExitGuard([], drainTimeoutMs + CLOSE_TIMEOUT_MS).arm();
  endInOrder(pool, drainTimeoutMs, exitCode);
}
