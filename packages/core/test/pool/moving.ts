/** A session on a loop of its own making, and further loops it can be moved to, which may refuse. */
import { MessageLimits } from '../../src/channel/message-limits.js';
import { defineAgent } from '../../src/host/agent.js';
import type { Session } from '../../src/host/session.js';
import type { SessionSpec } from '../../src/host/session-spec.js';
import type { Executor, Placed, PreparedPlace } from '../../src/placement/executor.js';
import { SharedLoopExecutor } from '../../src/placement/shared-loop-executor.js';
import { ClientSession } from '../../src/session/client-session.js';
import type { Outcome } from '../../src/session/outcome.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { Origin, type MoveResult } from '../../src/session/session-move.js';
import type { Gate } from '../gate.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';

/** A loop whose starts can be made to wait and to fail. */
export class Loop implements Executor {
  readonly #inner: SharedLoopExecutor;
  readonly started: SessionSpec[] = [];
  released = 0;
  /** Starts wait for it, where it is set. */
  gate: Gate<void> | undefined;
  prepareError: Error | undefined;
  startError: Error | undefined;

  constructor(inner: SharedLoopExecutor) {
    this.#inner = inner;
  }

  async start(...[spec, settings, onEnd, carried]: Parameters<Executor['start']>): Promise<Placed> {
    await this.gate?.promise;
    if (this.startError !== undefined) throw this.startError;
    this.started.push(spec);
    return this.#inner.start(spec, settings, onEnd, carried);
  }

  async prepare(
    ...[_tenant, _agent, settings]: Parameters<Executor['prepare']>
  ): Promise<PreparedPlace> {
    if (this.prepareError !== undefined) throw this.prepareError;
    return {
      start: (spec, onEnd, carried) => this.start(spec, settings, onEnd, carried),
      release: () => void (this.released += 1),
    };
  }

  readonly refresh = (): Promise<void> => this.#inner.refresh();
  readonly records = (): ReturnType<Executor['records']> => this.#inner.records();
  readonly retired = (): ReturnType<Executor['retired']> => this.#inner.retired();
  readonly close = (): Promise<void> => this.#inner.close();
}

export interface Moving {
  readonly clock: ManualClock;
  readonly session: ClientSession;
  readonly from: Loop;
  readonly to: Loop;
  readonly outcomes: Outcome[];
  readonly move: (target?: Loop, deadlineMs?: number) => Promise<MoveResult>;
}

export async function moving(
  run: (session: Session) => unknown,
  limits: Parameters<typeof MessageLimits.parse>[0] = {},
  some: { readonly maxDurationMs?: number; readonly input?: unknown } = {},
): Promise<Moving> {
  const clock = new ManualClock();
  const agent = defineAgent({ name: 'carries', run });
  const loop = (): Loop =>
    new Loop(
      new SharedLoopExecutor({
        limits: MessageLimits.parse(limits),
        log: new MemoryLog(),
        strayErrors: 'crash',
        onStrayError: () => {},
        agentOf: () => agent,
        nowMs: () => clock.nowMs(),
      }),
    );
  const [from, to] = [loop(), loop()];
  const outcomes: Outcome[] = [];
  const session = new ClientSession('s1', 'acme', 'carries', {
    clock,
    maxDurationMs: some.maxDurationMs ?? null,
    idleTimeoutMs: null,
    softLimitRatio: 0.5,
    abortGraceMs: 100,
    readAheadCount: 1_024,
    deploymentVersion: null,
    ended: (_session, outcome) => void outcomes.push(outcome),
  });
  const { input } = some;
  const spec = { id: 's1', tenant: 'acme', agent: 'carries', input, config: {}, metadata: {} };
  const { defaults } = parsePoolOptions({});
  const placed = await from.start(spec, defaults, session.onEnd);
  session.placed(placed, new Origin(spec, from, defaults));
  const move = (target = to, deadlineMs = 1_000): Promise<MoveResult> =>
    session.moveTo(target, defaults, { deadlineMs });
  return { clock, session, from, to, outcomes, move };
}

/** Answers each message with how many it has seen; `pause` comes between a message and its answer. */
export function counting(pause: () => Promise<void> | void = () => {}) {
  return async (session: Session): Promise<unknown> => {
    const state = (session.resumed?.state as { count: number; runs: number } | undefined) ?? {
      count: 0,
      runs: 0,
    };
    state.runs += 1;
    await session.checkpoint(state);
    for await (const message of session.messages) {
      await pause();
      state.count += 1;
      await session.send([message, state.count]);
      await session.checkpoint(state);
    }
    return { ...state };
  };
}
