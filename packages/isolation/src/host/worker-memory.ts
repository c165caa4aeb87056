/**
 * How much memory a thread uses, asked from outside while it may be spinning.
 *
 * Node 22 and later answer for heap and Buffers (`worker.getHeapStatistics`). Node 20 answers for the
 * heap only, over the inspector's NodeWorker domain; Buffers are known from the guest's last beat,
 * and while its loop is too busy to beat, growth of the whole process is counted as its own.
 */
import inspector from 'node:inspector';
import type { Worker } from 'node:worker_threads';
import { ThreadClock, processRssBytes, threadIdOf, type WorkerInfo } from '@tenantry/core/internal';
import type { BeatCell } from '../wire/beat-cell.js';
import type { MemoryProbe } from './memory-watch.js';

interface HeapFigures {
  readonly used_heap_size: number;
  readonly external_memory?: number;
}

/** The best probe this Node has. */
export function workerMemoryProbe(worker: Worker, cell: BeatCell): MemoryProbe {
  const statistics = (worker as { getHeapStatistics?: () => Promise<HeapFigures> })
    .getHeapStatistics;
  if (statistics !== undefined) {
    return async () => {
      const { used_heap_size, external_memory } = await statistics.call(worker);
      return used_heap_size + (external_memory ?? 0);
    };
  }
  return node20Probe(worker.threadId, cell);
}

/** Of the time since its last beat; a thread that fills memory runs for nearly all of it. */
const BUSY_RATIO = 0.25;

function node20Probe(threadId: number, cell: BeatCell): MemoryProbe {
  let lastBeats = -1;
  let rssAtBeat = 0;
  let beatAtMs = 0;
  let cpuAtBeatMs = 0;
  /** What the process has grown by is a neighbour's, unless this thread has been busy meanwhile. */
  const isBusy = (): boolean => {
    const ranMs = (cpuMsOf(cell.kernelThreadId) ?? Number.POSITIVE_INFINITY) - cpuAtBeatMs;
    return ranMs > (performance.now() - beatAtMs) * BUSY_RATIO;
  };
  return async () => {
    if (cell.beats !== lastBeats) {
      lastBeats = cell.beats;
      rssAtBeat = processRssBytes();
      beatAtMs = performance.now();
      cpuAtBeatMs = cpuMsOf(cell.kernelThreadId) ?? 0;
    }
    const atBeat = cell.heapUsedBytes + cell.externalBytes;
    const grown = isBusy() ? processRssBytes() - rssAtBeat : 0;
    const heap = await workerHeaps().usedBytes(threadId);
    return Math.max(atBeat + Math.max(0, grown), (heap ?? 0) + cell.externalBytes);
  };
}

/** Undefined where the kernel does not say. */
function cpuMsOf(kernelThreadId: number): number | undefined {
  const clock = new ThreadClock(kernelThreadId);
  const times = clock.read();
  clock.close();
  return times?.cpuMs;
}

interface Attached {
  sessionId: string;
  threadId: number;
}

/** One inspector session of this thread to all its workers; opens no port and pauses nothing. */
class WorkerHeaps {
  readonly #session = new inspector.Session();
  readonly #attached = new Map<number, string>();
  readonly #pending = new Map<number, (bytes: number | undefined) => void>();
  #nextId = 1;

  constructor() {
    this.#session.connect();
    this.#on('NodeWorker.attachedToWorker', (params) => {
      const { sessionId, workerInfo } = params as {
        sessionId: string;
        workerInfo: WorkerInfo;
      };
      const threadId = threadIdOf(workerInfo);
      if (threadId !== undefined) this.#attached.set(threadId, sessionId);
    });
    this.#on('NodeWorker.detachedFromWorker', (params) => {
      const { sessionId } = params as Attached;
      for (const [threadId, known] of this.#attached) {
        if (known === sessionId) this.#attached.delete(threadId);
      }
    });
    this.#on('NodeWorker.receivedMessageFromWorker', (params) => {
      const { id, result } = JSON.parse((params as { message: string }).message) as {
        id?: number;
        result?: { usedSize?: number };
      };
      if (id === undefined) return;
      this.#pending.get(id)?.(result?.usedSize);
      this.#pending.delete(id);
    });
    this.#post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  }

  usedBytes(threadId: number): Promise<number | undefined> {
    const sessionId = this.#attached.get(threadId);
    if (sessionId === undefined) return Promise.resolve(undefined);
    const id = this.#nextId++;
    const message = JSON.stringify({ id, method: 'Runtime.getHeapUsage' });
    return new Promise((resolve) => {
      this.#pending.set(id, resolve);
      this.#post('NodeWorker.sendMessageToWorker', { sessionId, message }, (failed) => {
        if (!failed) return;
        this.#pending.delete(id);
        resolve(undefined);
      });
    });
  }

  #on(event: string, listener: (params: unknown) => void): void {
    (this.#session as unknown as NodeJS.EventEmitter).on(event, ({ params }: { params: unknown }) =>
      listener(params),
    );
  }

  #post(method: string, params: object, done?: (failed: boolean) => void): void {
    this.#session.post(method, params, (error) => done?.(error !== null));
  }
}

let heaps: WorkerHeaps | undefined;

function workerHeaps(): WorkerHeaps {
  heaps ??= new WorkerHeaps();
  return heaps;
}
