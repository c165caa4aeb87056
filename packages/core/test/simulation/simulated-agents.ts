/** Agents of the shared loop that do in simulated time what their sessions' fates say. */
import { defineAgent, type Agent } from '../../src/host/agent.js';
import type { Session } from '../../src/host/session.js';
import type { EmitRuntimeEvent } from '../../src/events/runtime-event.js';
import type { Clock } from '../../src/time/clock.js';
import { SHARED_LOOP, type Rung } from '../../src/vocabulary/rung.js';
import type { Fate } from './fate.js';

/** What leaves an abandoned session behind comes to its end at last. */
const DEAF_MS = 200_000;
/** `batch` has a cap of its own. */
export const AGENT_NAMES = ['talk', 'batch'] as const;

export interface AgentWorld {
  readonly clock: Clock;
  readonly emit: EmitRuntimeEvent;
  entered(open: number, rung: Rung): void;
}

export function simulatedAgents(world: AgentWorld): Agent[] {
  return AGENT_NAMES.map((name) =>
    defineAgent({ name, run: (session) => live(world, session as Session<Fate>) }),
  );
}

async function live(world: AgentWorld, session: Session<Fate>): Promise<unknown> {
  const { open, run, afterMs } = session.input;
  world.entered(open, 'coroutine');
  if (run === 'deaf') {
    await new Promise<void>((resolve) => world.clock.after(DEAF_MS, resolve));
    return null;
  }
  await waited(world.clock, run === 'hangs' ? DEAF_MS : afterMs, session.signal);
  if (run === 'blocks') world.emit(blockOf(session, world.clock));
  if (run === 'fails' || run === 'crashes' || run === 'swells') throw new Error('as it does');
  return run;
}

function waited(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, resolve);
    const aborted = (): void => {
      timer.cancel();
      reject(signal.reason as Error);
    };
    if (signal.aborted) aborted();
    else signal.addEventListener('abort', aborted, { once: true });
  });
}

/** Long blocks of clumsy code; how long follows from the fate, so that a day repeats itself. */
function blockOf(session: Session<Fate>, clock: Clock): Parameters<EmitRuntimeEvent>[0] {
  const { open, afterMs } = session.input;
  return {
    kind: 'loop.blocked',
    block: `block-${open}`,
    isolate: SHARED_LOOP,
    cause: 'session',
    session: session.id,
    tenant: session.tenant,
    agent: session.agent,
    startedAtMs: clock.epochMs(),
    durationMs: 100 + (afterMs % 400),
    isOngoing: false,
    place: null,
    stack: [],
  };
}
