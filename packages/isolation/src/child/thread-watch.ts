/**
 * Watches the thread of a child from its supervising thread, which no tenant's code can delay: what
 * the observer does for the threads of the host's process.
 */
import inspector from 'node:inspector';
import {
  LoopWatch,
  ThreadClock,
  captureStack,
  every,
  ownThreadTarget,
  sharedNowMs,
  systemClock,
  workerTarget,
  type LoopCell,
} from '@tenantry/core/internal';
import type { GuestNotice } from '../wire/messages.js';

const POLL_MS = 20;

/** The host, which knows the isolate's name, puts it in the place of this one. */
const UNNAMED = '';

export function watchThread(
  cell: LoopCell,
  threadId: number,
  tell: (notice: GuestNotice) => void,
): void {
  const clock = new ThreadClock(cell.kernelThreadId);
  const watch = new LoopWatch(
    {
      isolate: UNNAMED,
      cell,
      threadTimes: () => clock.read(),
      isReady: () => clock.isReady(),
      capture: () => captureStack(() => workerTarget(ownThreadTarget(), threadId), cell),
      close: () => clock.close(),
    },
    {
      nowMs: sharedNowMs,
      epochMs: () => Date.now(),
      after: (delayMs, run) => void systemClock.after(delayMs, run),
    },
    {
      captured: (block) => tell({ kind: 'block', phase: 'captured', block }),
      blocked: (block) => tell({ kind: 'block', phase: 'blocked', block }),
      over: (block) => tell({ kind: 'block', phase: 'over', block }),
    },
  );
  every(systemClock, POLL_MS, () => {
    // A thread does not know of its process's debugger.
    cell.hasDebugger = inspector.url() !== undefined;
    watch.poll();
  });
}
