/** Makes isolates: which kind, with which limits, under which name. */
import type { Clock, IsolatesContext, TenantSettings } from '@tenantry/core/internal';
import { Isolate } from '../host/isolate.js';
import type { IsolateChannel } from '../host/isolate-channel.js';
import { ProcessChannel } from '../host/process-channel.js';
import { ThreadChannel } from '../host/thread-channel.js';
import type { ThreadSettings } from '../wire/control-api.js';
import type { Assignment, GuestNotice } from '../wire/messages.js';
import { guestEnv } from './guest-env.js';
import { watchTurns } from './turn-watch.js';

/** What is decided when an isolate is made; the rest comes with its tenant. */
export interface IsolateProfile {
  readonly rung: 'thread' | 'process';
  readonly heapHardLimitMb: number | null;
}

/** V8 may abort the whole process at its own limit, so that one is kept far from the watched one. */
const HEAP_HARD_OVER_SOFT = 10;
/** A child's wall stands this far behind the watched limit: growth overshoots between two looks. */
const DATA_HARD_OVER_SOFT = 2;

export function profileOf(settings: TenantSettings): IsolateProfile {
  if (settings.isolate === 'child_process') return { rung: 'process', heapHardLimitMb: null };
  return { rung: 'thread', heapHardLimitMb: hardLimitOf(settings, HEAP_HARD_OVER_SOFT) };
}

export function profileKey({ rung, heapHardLimitMb }: IsolateProfile): string {
  return `${rung}/${heapHardLimitMb ?? 'any'}`;
}

/** What makes an isolate this tenant's. */
export function assignmentOf(tenant: string, settings: TenantSettings): Assignment {
  return {
    tenant,
    env: guestEnv(settings.env),
    memoryLimitMb: settings.memoryLimitMb,
    cpuLimitSeconds: settings.cpuLimitSeconds,
    softLimitRatio: settings.softLimitRatio,
    dataAllowanceMb:
      settings.isolate === 'child_process' ? hardLimitOf(settings, DATA_HARD_OVER_SOFT) : null,
  };
}

function hardLimitOf(settings: TenantSettings, overSoft: number): number | null {
  const { memoryLimitMb, memoryHardLimitMb } = settings;
  return memoryHardLimitMb ?? (memoryLimitMb === null ? null : memoryLimitMb * overSoft);
}

/** Makes what an isolate runs on. */
export type MakeChannel = (
  rung: 'thread' | 'process',
  settings: ThreadSettings,
  clock: Clock,
) => IsolateChannel;

const realChannel: MakeChannel = (rung, settings, clock) =>
  rung === 'thread'
    ? new ThreadChannel({ settings, clock, watchesLimits: true, pipeFd: null, logFd: null })
    : new ProcessChannel({ settings, clock });

export class IsolateFactory {
  readonly #context: IsolatesContext;
  readonly #onNotice: (isolate: Isolate, notice: GuestNotice) => void;
  readonly #makeChannel: MakeChannel;
  #nextNumber = 1;

  constructor(
    context: IsolatesContext,
    onNotice: (isolate: Isolate, notice: GuestNotice) => void,
    makeChannel = realChannel,
  ) {
    this.#context = context;
    this.#onNotice = onNotice;
    this.#makeChannel = makeChannel;
  }

  make(profile: IsolateProfile): Isolate {
    const { options, limits, clock, log, introspection } = this.#context;
    const settings: ThreadSettings = {
      limits,
      startTimeoutMs: options.startTimeoutMs,
      unresponsiveMs: options.unresponsiveMs,
      callTimeoutMs: options.callTimeoutMs,
      maxOutputBytesPerSecond: options.maxOutputBytesPerSecond,
      logLevel: log.level,
      isDryRun: this.#context.isDryRun,
      heapHardLimitMb: profile.heapHardLimitMb,
      slowSessionThresholdMs: introspection?.thresholdMs() ?? null,
    };
    return new Isolate(this.#makeChannel(profile.rung, settings, clock), {
      id: `${profile.rung}-${this.#nextNumber++}`,
      clock,
      log,
      limits,
      startTimeoutMs: options.startTimeoutMs,
      onNotice: this.#onNotice,
      onReady: (isolate, channel) => {
        if (introspection !== undefined) watchTurns(introspection, isolate, channel);
      },
    });
  }
}
