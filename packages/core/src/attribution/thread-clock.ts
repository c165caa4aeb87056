/**
 * What the kernel says of one thread: the CPU time it has used, the time it was ready but had to wait
 * for a core, and whether it is ready now. Linux, `/proc/self/task/<tid>/schedstat` and `stat`
 * (https://docs.kernel.org/scheduler/sched-stats.html, proc_pid_stat(5)); figures of a running thread lag by a
 * scheduler tick of 1 to 10 ms. What is made of them is left to the turn clock and the observer.
 */
import { closeSync, openSync, readFileSync, readSync, readlinkSync } from 'node:fs';
import process from 'node:process';

export interface ThreadTimes {
  readonly cpuMs: number;
  readonly waitedMs: number;
}

const NS_PER_MS = 1_000_000;
const LONGEST_LINE_BYTES = 96;

/** Linux tells a thread its own id as the target of a link: `<pid>/task/<tid>`. 0 elsewhere. */
export function kernelThreadId(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1)) || 0;
  } catch {
    return 0;
  }
}

export class ThreadClock {
  readonly #line = Buffer.alloc(LONGEST_LINE_BYTES);
  readonly #threadId: number;
  #file: number | undefined;

  /** The clock of a thread of this process, by the kernel's id. */
  constructor(threadId: number) {
    this.#threadId = threadId;
    try {
      if (threadId > 0) this.#file = openSync(`/proc/self/task/${threadId}/schedstat`, 'r');
    } catch {
      // No such file system: nothing is known of threads.
    }
  }

  /**
   * Whether the thread runs or waits for a core at this moment: `waitedMs` has a wait only when it is
   * over. False where the kernel does not say. Costs more than `read`.
   */
  isReady(): boolean {
    if (this.#file === undefined) return false;
    try {
      const text = readFileSync(`/proc/self/task/${this.#threadId}/stat`, 'latin1');
      // The name before the state may hold anything.
      return text.startsWith('R', text.lastIndexOf(')') + 2);
    } catch {
      return false;
    }
  }

  /** Undefined where the kernel does not say. */
  read(): ThreadTimes | undefined {
    if (this.#file === undefined) return undefined;
    try {
      const length = readSync(this.#file, this.#line, 0, LONGEST_LINE_BYTES, 0);
      const [cpuNs, waitedNs] = this.#line.toString('latin1', 0, length).split(' ');
      return { cpuMs: Number(cpuNs) / NS_PER_MS, waitedMs: Number(waitedNs) / NS_PER_MS };
    } catch {
      return undefined;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** CPU time of the calling thread; null where nothing says. */
export function ownThreadCpuMs(clock: ThreadClock): number | null {
  const own = (process as { threadCpuUsage?: () => NodeJS.CpuUsage }).threadCpuUsage;
  if (own === undefined) return clock.read()?.cpuMs ?? null;
  const { user, system } = own.call(process);
  return (user + system) / 1_000;
}
