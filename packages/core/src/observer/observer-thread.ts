/**
 * The observer thread of a process: watches the main loop and the loops of thread isolates, serves the
 * inspector sockets, and goes on doing both while the main loop is blocked. Decides nothing.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { LoopCell, sharedNowMs, type SlotOwner } from '../attribution/loop-cell.js';
import { ThreadClock } from '../attribution/thread-clock.js';
import { TenantryError } from '../errors/errors.js';
import { fromWireError, toWireError } from '../errors/wire-error.js';
import type { TargetedProfile } from '../inspector/inspector-protocol.js';
import type { PoolBundle } from '../inspector/pool-bundle.js';
import {
  PROFILE_GRACE_MS,
  type PoolProfile,
  type WrittenProfile,
} from '../inspector/pool-profile.js';
import { writeDirectly } from '../log/direct-log.js';
import { systemClock } from '../time/clock.js';
import { blockText } from './block-text.js';
import { mainThreadTarget, siblingTarget, type InspectorTarget } from './inspector-target.js';
import { LoopWatch, type SeenBlock, type WatchListener, type WatchTime } from './loop-watch.js';
import type { FromObserver, ObserverData, ToObserver } from './observer-protocol.js';
import { captureStack, type CapturedStack } from './stack-capture.js';
import { ProfileDesk } from './profile-desk.js';
import { Vitals } from './vitals.js';
import { SHARED_LOOP } from '../vocabulary/rung.js';
import { WatchedPool, toRow, type ObservedProcess } from './watched-pool.js';

const VITALS_INTERVAL_MS = 1_000;
const LONGEST_POLL_MS = 20;

const port = parentPort!;
const { mainCell } = workerData as ObserverData;
const cell = new LoopCell(mainCell);
const vitals = new Vitals(sharedNowMs);
const pools = new Map<number, WatchedPool>();
const asked = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
/** By pool and isolate: pools number their isolates alike. */
const isolates = new Map<
  string,
  { readonly pool: number; readonly cell: LoopCell; readonly watch: LoopWatch }
>();
let nextCall = 1;

const time: WatchTime = {
  nowMs: sharedNowMs,
  epochMs: () => Date.now(),
  after: (delayMs, run) => void setTimeout(run, delayMs),
};

const post = (message: FromObserver): void => port.postMessage(message);
const keyOf = (pool: number, isolate: string): string => `${pool}:${isolate}`;

/** Resolves with the main thread's answer, however long it takes. */
const asking = <T>(message: (call: number) => FromObserver): Promise<T> =>
  new Promise((resolve, reject) => {
    const call = nextCall++;
    asked.set(call, { resolve, reject });
    post(message(call));
  });

const profiles = new ProfileDesk({
  clock: systemClock,
  hasDebugger: () => cell.hasDebugger,
  open: (threadId) => (threadId === null ? mainThreadTarget() : siblingTarget(threadId)),
  profileChild: async (pool, isolate, request) => {
    const untilMs = sharedNowMs() + PROFILE_GRACE_MS;
    const { sampledMs, json } = await asking<WrittenProfile>((call) => ({
      kind: 'profile-child',
      pool,
      call,
      isolate,
      request,
      untilMs,
    }));
    return { sampledMs, profile: JSON.parse(json) as Record<string, unknown> };
  },
  connected: (is) => void (cell.connections += is ? 1 : -1),
});

const observed: ObservedProcess = {
  vitals,
  profiles,
  nowMs: sharedNowMs,
  ongoing: (pool) =>
    [mainWatch, ...[...isolates.values()].filter((each) => each.pool === pool)]
      .map((each) => (each instanceof LoopWatch ? each : each.watch).ongoing)
      .filter((block) => block !== undefined),
  isOf: (pool, owner) => ownersOf(owner).some(({ id }) => id === pool),
  mainHeldMs: () => Math.max(0, sharedNowMs() - cell.sinceMs - LONGEST_POLL_MS),
  mainLagMs: () => Math.max(vitals.lagMs, sharedNowMs() - cell.sinceMs - LONGEST_POLL_MS, 0),
  ask: (pool, request) => asking((call) => ({ kind: 'ask', pool, call, request })),
  mainFacts: (pool, trigger) => asking((call) => ({ kind: 'main-facts', pool, call, trigger })),
  incident: (pool, outcome) => {
    const { trigger } = outcome;
    const incident =
      'error' in outcome
        ? { trigger, error: toWireError(outcome.error) }
        : { trigger, written: outcome.written };
    post({ kind: 'incident', pool, incident });
  },
};

const mainWatch = watch(SHARED_LOOP, cell, mainThreadTarget, null);
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
      const watched = new LoopCell(message.cell);
      const loop = watch(isolate, watched, () => siblingTarget(threadId), pool);
      isolates.set(keyOf(pool, isolate), { pool, cell: watched, watch: loop });
      return;
    }
    case 'unwatch': {
      const key = keyOf(message.pool, message.isolate);
      isolates.get(key)?.watch.stop();
      isolates.delete(key);
      profiles.isolateEnded(message.pool, message.isolate);
      return;
    }
    case 'hold':
      pools.get(message.pool)?.hold(message.snapshot);
      if (message.call !== null) answered(message.call, undefined);
      return;
    case 'hold-summary':
      pools.get(message.pool)?.metrics.hold(message.summary);
      if (message.call !== null) answered(message.call, undefined);
      return;
    case 'metrics': {
      const { call, summary, format } = message;
      const held = pools.get(message.pool)?.metrics;
      held?.hold(summary);
      post({ kind: 'done', call, value: held?.text(format) });
      return;
    }
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
      settle(message.call, profileOf(message.pool, message.request));
      return;
    case 'record-incidents':
      pools.get(message.pool)?.recordIncidents(message.ring, message.rules);
      return;
    case 'incident':
      pools.get(message.pool)?.incidents?.trigger(message.trigger);
      return;
    case 'long-block':
      pools.get(message.pool)?.incidents?.blocked(message.block);
      return;
    case 'bundle':
      settle(message.call, bundleOf(message.pool, message.tenant));
      return;
    case 'settle-incidents':
      settle(message.call, pools.get(message.pool)?.incidents?.close() ?? Promise.resolve());
      return;
    case 'exiting':
      profiles.stop();
      return;
  }
});

async function profileOf(pool: number, request: TargetedProfile): Promise<PoolProfile> {
  const watched = pools.get(pool);
  if (watched === undefined) throw new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed');
  return watched.profile(request);
}

async function bundleOf(pool: number, tenant: string | null): Promise<PoolBundle> {
  const watched = pools.get(pool);
  if (watched === undefined) throw new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed');
  return watched.bundle(tenant);
}

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
  pool: number | null,
): LoopWatch {
  let clock: ThreadClock | undefined;
  const threadClock = (): ThreadClock => (clock ??= new ThreadClock(watched.kernelThreadId));
  const listener: WatchListener = {
    captured: (block) => post({ kind: 'captured', pool, block, loggedFor: [] }),
    blocked: (block) => post({ kind: 'blocked', pool, block, loggedFor: logDirectly(block, pool) }),
    over: (block) => post({ kind: 'over', pool, block, loggedFor: [] }),
  };
  return new LoopWatch(
    {
      isolate,
      cell: watched,
      threadTimes: () => threadClock().read(),
      isReady: () => threadClock().isReady(),
      close: () => clock?.close(),
      capture: () => capture(open, watched),
    },
    time,
    listener,
  );
}

/** Connections of which the main thread knows, so that it can wait for their end before it exits. */
async function capture(
  open: () => InspectorTarget,
  watched: LoopCell,
): Promise<CapturedStack | undefined> {
  cell.connections += 1;
  try {
    // A debugger may have been attached since the last look, and no thread is asked beside it.
    return cell.hasDebugger || cell.isEnding ? undefined : await captureStack(open, watched);
  } finally {
    cell.connections -= 1;
  }
}

/** Whose session it may be: of several pools, those that know it, else those that know its tenant. */
function ownersOf(owner: SlotOwner): readonly WatchedPool[] {
  const all = [...pools.values()];
  for (const knows of ['session', 'tenant'] as const) {
    const those = all.filter((pool) => pool.knows(owner) === knows);
    if (those.length > 0) return those;
  }
  return all;
}

/** The pools that a block of the main loop, or of a pool's isolate, is to be logged for. */
function loggedOf(block: SeenBlock, pool: number | null): readonly WatchedPool[] {
  const all = [...pools.values()];
  if (pool !== null) return all.filter(({ id }) => id === pool);
  if (block.owner === null) return all;
  const owners = ownersOf(block.owner);
  // Where it may be several pools', the main thread knows, afterwards.
  return owners.length === 1 ? owners : [];
}

/** Straight to the file: a line that went through the main loop would come after the block. */
function logDirectly(block: SeenBlock, pool: number | null): number[] {
  const loggedFor: number[] = [];
  for (const { id, log, thresholdMs } of loggedOf(block, pool)) {
    if (log === null || block.durationMs <= thresholdMs) continue;
    const { stack: _stack, ...row } = toRow(block, block.owner);
    const line = { kind: 'loop.blocked', ...row, msg: blockText({ ...row, stack: [] }) };
    try {
      writeDirectly(log, line, Date.now());
      loggedFor.push(id);
    } catch {
      // A full pipe whose reader waits for the main loop: the main thread logs it afterwards.
    }
  }
  return loggedFor;
}

function poll(): void {
  mainWatch.poll();
  for (const each of isolates.values()) {
    // A thread does not know of its process's debugger.
    each.cell.hasDebugger = cell.hasDebugger;
    each.watch.poll();
  }
  for (const { incidents } of pools.values()) incidents?.tick();
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
