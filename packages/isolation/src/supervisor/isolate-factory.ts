/** Makes isolates: which kind, with which limits, under which name. */
import type { IsolatesContext, TenantSettings } from '@tenantry/core/internal';
import { Isolate } from '../host/isolate.js';
import { ProcessChannel } from '../host/process-channel.js';
import { ThreadChannel } from '../host/thread-channel.js';
import type { ThreadSettings } from '../wire/control-api.js';
import type { GuestNotice } from '../wire/messages.js';

/** What two isolates must share for one to stand in for the other. */
export interface IsolateProfile {
  readonly rung: 'thread' | 'process';
  readonly memoryLimitMb: number | null;
  readonly memoryHardLimitMb: number | null;
}

/**
 * Data segment a child has at rest, threads' stacks included, with room for what V8 commits and has
 * not touched: the wall stands this far behind twice the watched limit.
 */
const CHILD_OVERHEAD_MB = 192;

export function profileOf(settings: TenantSettings): IsolateProfile {
  const rung = settings.isolate === 'worker_threads' ? 'thread' : 'process';
  const { memoryLimitMb, memoryHardLimitMb } = settings;
  const childHardMb = memoryLimitMb === null ? null : memoryLimitMb * 2 + CHILD_OVERHEAD_MB;
  return {
    rung,
    memoryLimitMb,
    memoryHardLimitMb: memoryHardLimitMb ?? (rung === 'process' ? childHardMb : null),
  };
}

export function profileKey({ rung, memoryLimitMb, memoryHardLimitMb }: IsolateProfile): string {
  return `${rung}/${memoryLimitMb ?? '-'}/${memoryHardLimitMb ?? '-'}`;
}

export class IsolateFactory {
  readonly #context: IsolatesContext;
  readonly #onNotice: (isolate: Isolate, notice: GuestNotice) => void;
  #nextNumber = 1;

  constructor(context: IsolatesContext, onNotice: (isolate: Isolate, notice: GuestNotice) => void) {
    this.#context = context;
    this.#onNotice = onNotice;
  }

  make(profile: IsolateProfile): Isolate {
    const { options, limits, clock, log } = this.#context;
    const settings: ThreadSettings = {
      limits,
      startTimeoutMs: options.startTimeoutMs,
      unresponsiveMs: options.unresponsiveMs,
      callTimeoutMs: options.callTimeoutMs,
      maxOutputBytesPerSecond: options.maxOutputBytesPerSecond,
      logLevel: log.level,
      memoryLimitMb: profile.memoryLimitMb,
      memoryHardLimitMb: profile.memoryHardLimitMb,
    };
    const channel =
      profile.rung === 'thread'
        ? new ThreadChannel({ settings, clock, watchesMemory: profile.memoryLimitMb !== null })
        : new ProcessChannel({ settings, clock });
    return new Isolate(channel, {
      id: `${profile.rung}-${this.#nextNumber++}`,
      clock,
      log,
      limits,
      startTimeoutMs: options.startTimeoutMs,
      memoryLimitMb: profile.memoryLimitMb,
      onNotice: this.#onNotice,
    });
  }
}
