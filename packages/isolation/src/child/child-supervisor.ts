/**
 * Keeps the thread isolate of a child: answers the host's control calls, watches the memory of the whole process, and ends the process when the isolate ends.
 */
import process from 'node:process';
import {
  CpuMeter,
  MOST_PROFILE_BYTES,
  debuggerAttached,
  every,
  ownThreadTarget,
  processCpuMs,
  systemClock,
  takeProfile,
  toWireError,
  workerTarget,
  type IsolateEnd,
  type PlaceReport,
  type ProfileRequest,
  processRssBytes,
} from '@tenantry/core/internal';
import { watchMemory } from '../host/memory-watch.js';
import { ThreadChannel } from '../host/thread-channel.js';
import { BEAT_INTERVAL_MS } from '../wire/beat-cell.js';
import type {
  ChildControl,
  ChildNotice,
  ProfileReply,
  ThreadSettings,
} from '../wire/control-api.js';
import { PIPE_FD } from '../wire/frame-pipe.js';
import { LOG_FD } from '../wire/log-pipe.js';
import type { Assignment } from '../wire/messages.js';
import { proportionalBytes } from './proportional-memory.js';
import { watchThread } from './thread-watch.js';

/** The last word to the host gets this long to leave before the process is killed. */
const LAST_WORD_MS = 100;

export class ChildSupervisor {
  #thread: ThreadChannel | undefined;
  /** Of the whole process, which is the isolate to the operating system. */
  #cpu: CpuMeter | undefined;
  #threadId = 0;

  /** What the host may call; nothing else is reachable. */
  readonly api: ChildControl = {
    boot: (settings) => this.#boot(settings),
    assign: (assignment) => this.#assign(assignment),
    open: (spec, agentUrl, stream) => this.#guest.openOnPipe(spec, agentUrl, stream),
    abort: (session, reason, detail, leave) => this.#guest.abort(session, reason, detail, leave),
    report: () => this.#report(),
    preload: (agentUrl) => this.#guest.preload(agentUrl),
    slowSessionThreshold: (thresholdMs) => this.#guest.slowSessionThreshold(thresholdMs),
    profile: (request) => this.#profile(request),
  };

  get #guest(): ThreadChannel {
    return this.#thread!;
  }

  async #boot(settings: ThreadSettings): Promise<{ pid: number; threadId: number }> {
    const thread = new ThreadChannel({
      settings,
      clock: systemClock,
      watchesLimits: false,
      pipeFd: PIPE_FD,
      logFd: LOG_FD,
    });
    this.#thread = thread;
    thread.onNotice = (notice) => tell({ tenantry: 'guest', notice });
    void thread.ended.then((end) => this.#end(end));
    let lastSilentMs = 0;
    every(systemClock, BEAT_INTERVAL_MS, () => {
      if (thread.silentMs === lastSilentMs) return;
      lastSilentMs = thread.silentMs;
      tell({ tenantry: 'beat', silentMs: lastSilentMs });
    });
    const identity = await thread.start();
    this.#threadId = identity.threadId;
    if (thread.turnCell !== undefined) {
      this.#cpu = new CpuMeter(processCpuMs);
      watchThread(thread.turnCell, identity.threadId, thread.onNotice);
    }
    return identity;
  }

  #assign(assignment: Assignment): Promise<void> {
    const { memoryLimitMb, softLimitRatio } = assignment;
    if (memoryLimitMb !== null) {
      const said = (usedMb: number): string =>
        `${usedMb.toFixed(0)} MB resident, the limit is ${memoryLimitMb} MB`;
      watchMemory(
        systemClock,
        () => processRssBytes(),
        memoryLimitMb,
        (usedMb) => this.#end({ reason: 'memory-limit', detail: said(usedMb) }),
        {
          softLimitRatio,
          onNear: (used) => {
            const limit = memoryLimitMb;
            const pressure = { reason: 'memory-limit', used, limit, detail: said(used) } as const;
            tell({ tenantry: 'pressure', pressure });
          },
        },
      );
    }
    return this.#guest.assign(assignment);
  }

  async #report(): Promise<PlaceReport> {
    const report = await this.#guest.report();
    return {
      ...report,
      figures: {
        ...report.figures,
        rssBytes: processRssBytes(),
        pssBytes: proportionalBytes(),
        ...(this.#cpu?.read() ?? { cpuMs: processCpuMs() }),
      },
    };
  }

  /** The host has one profile at a time; a child that ends takes its profile with it. */
  async #profile(request: ProfileRequest): Promise<ProfileReply> {
    try {
      if (this.#guest.turnCell?.hasDebugger === true) throw debuggerAttached();
      const { sampledMs, profile } = await takeProfile(
        () => workerTarget(ownThreadTarget(), this.#threadId),
        request,
        {
          clock: systemClock,
          maxBytes: MOST_PROFILE_BYTES,
          signal: new AbortController().signal,
        },
      );
      return { kind: 'taken', sampledMs, json: JSON.stringify(profile) };
    } catch (error) {
      return { kind: 'refused', error: toWireError(error) };
    }
  }

  #end(end: IsolateEnd): void {
    const use = { cpuMs: processCpuMs(), memoryBytes: processRssBytes() };
    tell({ tenantry: 'ending', end, use }, endGroup);
    systemClock.after(LAST_WORD_MS, endGroup);
  }
}

function tell(notice: ChildNotice, sent: () => void = () => {}): void {
  process.send?.(notice, undefined, undefined, sent);
}

/**
 * Ends the whole group by force: `process.exit` would wait for a worker in native code, and what
 * tenant code has spawned would live on.
 */
export function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
