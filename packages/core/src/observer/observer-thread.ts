/**
 * The observer thread of a process: watches the main loop and the loops of thread isolates, serves the
 * inspector sockets, and goes on doing both while the main loop is blocked. Decides nothing.
 */
import { writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { LoopCell, sharedNowMs } from '../attribution/loop-cell.js';
import { ThreadClock } from '../attribution/thread-clock.js';
import { fromWireError, toWireError } from '../errors/wire-error.js';
import { blockText } from './block-text.js';
import { mainThreadTarget, siblingTarget, type InspectorTarget } from './inspector-target.js';
import { LoopWatch, type SeenBlock, type WatchListener, type WatchTime } from './loop-watch.js';
import type { FromObserver, ObserverData, ToObserver } from './observer-protocol.js';
import { captureStack } from './stack-capture.js';
import { Vitals } from './vitals.js';
import { WatchedPool, toRow, type ObservedProcess } from './watched-pool.js';

const VITALS_INTERVAL_MS = 1_000;
const LONGEST_POLL_MS = 20;
const PINO_WARN = 40;
/** The name of the main loop, and the pool that stands for all of them. */
const MAIN = 'main';

const port = parentPort!;
const { mainCell } = workerData as ObserverData;
const cell = new LoopCell(mainCell);
const vitals = new Vitals(sharedNowMs);
const pools = new Map<number, WatchedPool>();
const asked = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
const isolates = new Map<
  string,
  { readonly pool: number; readonly watch: LoopWatch; stop(): void }
>();
let nextCall = 1;

const time: WatchTime = {
  nowMs: sharedNowMs,
  epochMs: () => Date.now(),
  after: (delayMs, run) => void setTimeout(run, delayMs),
};

const post = (message: FromObserver): void => port.postMessage(message);

const observed: ObservedProcess = {
  vitals,
  nowMs: sharedNowMs,
  ongoing: (pool) =>
    [mainWatch, ...[...isolates.values()].filter((each) => each.pool === pool)]
      .map((each) => (each instanceof LoopWatch ? each : each.watch).ongoing)
      .filter((block) => block !== undefined),
  mainLagMs: () => Math.max(vitals.lagMs, sharedNowMs() - cell.sinceMs - LONGEST_POLL_MS, 0),
  ask: (pool, request) =>
    new Promise((resolve, reject) => {
      const call = nextCall++;
      asked.set(call, { resolve, reject });
      post({ kind: 'ask', pool, call, request });
    }),
};

const mainWatch = watch(MAIN, cell, mainThreadTarget, () => [...pools.values()]);
let pollTimer = setInterval(poll, LONGEST_POLL_MS);
setInterval(() => vitals.tick(cell.takeLagMs()), VITALS_INTERVAL_MS);

port.on('message', (message: ToObserver) => {
  switch (message.kind) {
    case 'serve': {
      const pool = new WatchedPool(message.pool, message.log, observed);
      const serving = pool.serve(message.socketPath).then(() => void pools.set(pool.id, pool));
      settle(message.call, serving);
      return;
    }
    case 'stop-serving': {
      const pool = pools.get(message.pool);
      pools.delete(message.pool);
      settle(message.call, pool?.close() ?? Promise.resolve());
      return;
    }
    case 'threshold': {
      const pool = pools.get(message.pool);
      if (pool !== undefined) pool.thresholdMs = message.thresholdMs;
      pollOftenEnough();
      return;
    }
    case 'watch': {
      const { isolate, pool, threadId } = message;
      const ofPool = (): WatchedPool[] => [...pools.values()].filter(({ id }) => id === pool);
      const watched = new LoopCell(message.cell);
      const loop = watch(isolate, watched, () => siblingTarget(threadId), ofPool);
      isolates.set(isolate, { pool, watch: loop, stop: () => loop.stop() });
      return;
    }
    case 'unwatch':
      isolates.get(message.isolate)?.stop();
      isolates.delete(message.isolate);
      return;
    case 'hold':
      pools.get(message.pool)?.hold(message.snapshot);
      if (message.call !== null) answered(message.call, undefined);
      return;
    case 'complete': {
      const { call, snapshot } = message;
      const value = pools.get(message.pool)?.complete(snapshot) ?? snapshot;
      post({ kind: 'done', call, value });
      return;
    }
    case 'ongoing':
      pools.get(message.pool)?.ongoingElsewhere(message.block);
      return;
    case 'ended':
      pools.get(message.pool)?.endedElsewhere(message.block);
      return;
    case 'answer':
      answered(message.call, message.value, message.error && fromWireError(message.error));
      return;
    case 'profile':
      return;
  }
});

function settle(call: number, work: Promise<unknown>): void {
  work.then(
    (value) => post({ kind: 'done', call, value }),
    (error: unknown) => post({ kind: 'done', call, error: toWireError(error) }),
  );
}

function answered(call: number, value: unknown, error?: Error): void {
  const waiting = asked.get(call);
  asked.delete(call);
  if (error === undefined) waiting?.resolve(value);
  else waiting?.reject(error);
}

function watch(
  isolate: string,
  watched: LoopCell,
  open: () => InspectorTarget,
  poolsOf: () => readonly WatchedPool[],
): LoopWatch {
  let clock: ThreadClock | undefined;
  const listener: WatchListener = {
    captured: (block) => post({ kind: 'captured', block, isLogged: false }),
    blocked: (block) => post({ kind: 'blocked', block, isLogged: logDirectly(block, poolsOf()) }),
  };
  return new LoopWatch(
    {
      isolate,
      cell: watched,
      threadTimes: () => (clock ??= new ThreadClock(watched.kernelThreadId)).read(),
      close: () => clock?.close(),
      // A debugger shows in the main thread's cell, and no thread is asked beside one.
      capture: async () => (cell.hasDebugger ? undefined : captureStack(open, watched)),
    },
    time,
    listener,
  );
}

/** Straight to the file: a line that went through the main loop would come after the block. */
function logDirectly(block: SeenBlock, poolsOf: readonly WatchedPool[]): boolean {
  let isLogged = false;
  for (const { log, thresholdMs } of poolsOf) {
    if (log === null || block.durationMs <= thresholdMs) continue;
    const { stack: _stack, ...row } = toRow(block, undefined);
    const line = {
      level: PINO_WARN,
      time: Date.now(),
      ...log.bindings,
      kind: 'loop.blocked',
      ...row,
      msg: blockText({ ...row, stack: [] }),
    };
    try {
      writeSync(log.fd, `${JSON.stringify(line)}\n`);
      isLogged = true;
    } catch {
      // A full pipe whose reader waits for the main loop: the main thread logs it afterwards.
    }
  }
  return isLogged;
}

function poll(): void {
  mainWatch.poll();
  for (const each of isolates.values()) each.watch.poll();
}

/** A threshold has to be passed by two looks before it is reached. */
function pollOftenEnough(): void {
  const lowestMs = Math.min(50, ...[...pools.values()].map(({ thresholdMs }) => thresholdMs));
  const pollMs = Math.max(4, Math.min(LONGEST_POLL_MS, lowestMs * 0.4));
  mainWatch.pollMs = pollMs;
  for (const each of isolates.values()) each.watch.pollMs = pollMs;
  clearInterval(pollTimer);
  pollTimer = setInterval(poll, pollMs);
}
