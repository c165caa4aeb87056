/** A turn clock on this thread, owners of turns, and code that takes its time. */
import { afterEach } from '@jest/globals';
import { LoopCell } from '../../src/attribution/loop-cell.js';
import { ThreadClock, kernelThreadId } from '../../src/attribution/thread-clock.js';
import { TurnClock, type LongTurn } from '../../src/attribution/turn-clock.js';
import { runAs, type TurnOwner } from '../../src/attribution/turn-scope.js';
import { until } from '../until.js';

export interface Clocked {
  readonly clock: TurnClock;
  readonly long: LongTurn[];
  /** An owner that has a place in the clock. */
  readonly entered: (id: string, tenant?: string) => TurnOwner;
  /** So many long turns, when the loop has told of them. */
  readonly told: (count: number) => Promise<LongTurn[]>;
}

let running: TurnClock | undefined;

afterEach(() => {
  running?.close();
  running = undefined;
});

export function clocked(thresholdMs = 50, hasDebugger?: () => boolean): Clocked {
  const long: LongTurn[] = [];
  const clock = new TurnClock({
    cell: new LoopCell(64),
    thresholdMs,
    ...(hasDebugger === undefined ? {} : { hasDebugger }),
    onLongTurn: (turn) => void long.push(turn),
  });
  running = clock;
  return {
    clock,
    long,
    entered: (id, tenant = 'acme') => {
      const owner: TurnOwner = { id, tenant, agent: 'support', turnSlot: 0 };
      clock.enter(owner);
      return owner;
    },
    told: async (count) => {
      await until(`${count} long turns`, () => long.length >= count);
      return long;
    },
  };
}

/** What the kernel's CPU clock of a thread may lag behind. */
export const KERNEL_LAG_MS = 10;

const thread = new ThreadClock(kernelThreadId());

/** Uses a core for so long at least, however long the thread has to wait for one. */
export function spin(ms: number): void {
  const cpuMs = (): number => thread.read()?.cpuMs ?? Infinity;
  const [endMs, endCpuMs] = [performance.now() + ms, cpuMs() + ms];
  while (performance.now() < endMs || cpuMs() < endCpuMs);
}

/** A call that sleeps without using the core. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A turn of `owner` that spins. */
export function spinAs(owner: TurnOwner, ms: number): void {
  runAs(owner, () => spin(ms));
}
