/**
 * Keeps the thread isolate of a child: answers the host's control calls, watches the memory of the whole process, and ends the process when the isolate ends.
 */
import process from 'node:process';
import {
  CpuMeter,
  every,
  processCpuMs,
  systemClock,
  type IsolateEnd,
  type PlaceReport,
} from '@tenantry/core/internal';
import { watchMemory } from '../host/memory-watch.js';
import { ThreadChannel } from '../host/thread-channel.js';
import { BEAT_INTERVAL_MS } from '../wire/beat-cell.js';
import type { ChildControl, ChildNotice, ThreadSettings } from '../wire/control-api.js';
import { PIPE_FD } from '../wire/frame-pipe.js';
import type { Assignment } from '../wire/messages.js';
import { proportionalBytes } from './proportional-memory.js';
import { watchThread } from './thread-watch.js';

/** The last word to the host gets this long to leave before the process is killed. */
const LAST_WORD_MS = 100;

export class ChildSupervisor {
  #thread: ThreadChannel | undefined;
  /** Of the whole process, which is the isolate to the operating system. */
  #cpu: CpuMeter | undefined;

  /** What the host may call; nothing else is reachable. */
  readonly api: ChildControl = {
    boot: (settings) => this.#boot(settings),
    assign: (assignment) => this.#assign(assignment),
    open: (spec, agentUrl, stream) => this.#guest.openOnPipe(spec, agentUrl, stream),
    abort: (session, reason, detail, leave) => this.#guest.abort(session, reason, detail, leave),
    report: () => this.#report(),
    slowSessionThreshold: (thresholdMs) => this.#guest.slowSessionThreshold(thresholdMs),
  };

  get #guest(): ThreadChannel {
    return this.#thread!;
  }

  async #boot(settings: ThreadSettings): Promise<{ pid: number; threadId: number }> {
    const thread = new ThreadChannel({
      settings,
      clock: systemClock,
      watchesMemory: false,
      pipeFd: PIPE_FD,
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
    if (thread.turnCell !== undefined) {
      this.#cpu = new CpuMeter(processCpuMs);
      watchThread(thread.turnCell, identity.threadId, thread.onNotice);
    }
    return identity;
  }

  #assign(assignment: Assignment): Promise<void> {
    const { memoryLimitMb } = assignment;
    if (memoryLimitMb !== null) {
      watchMemory(
        systemClock,
        () => process.memoryUsage.rss(),
        memoryLimitMb,
        (usedMb) => {
          const detail = `${usedMb.toFixed(0)} MB resident, the limit is ${memoryLimitMb} MB`;
          this.#end({ reason: 'memory-limit', detail });
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
        rssBytes: process.memoryUsage.rss(),
        pssBytes: proportionalBytes(),
        ...(this.#cpu?.read() ?? { cpuMs: processCpuMs() }),
      },
    };
  }

  #end(end: IsolateEnd): void {
    tell({ tenantry: 'ending', end }, endGroup);
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
