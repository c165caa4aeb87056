/**
 * One life of the pool that a day is lived in: the real one, on the day's clock, with simulated
 * isolates and agents, and with a state directory that the next life goes on from.
 */
import { AgentPool } from '../../src/pool/agent-pool.js';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { Log } from '../../src/log/log.js';
import type { Rung } from '../../src/vocabulary/rung.js';
import type { SimulatedOptions } from './population.js';
import { simulatedAgents } from './simulated-agents.js';
import { SharedClock, type SimulatedClock } from './simulated-clock.js';
import { SimulatedIsolates } from './simulated-isolates.js';

export interface LifeParts {
  readonly clock: SimulatedClock;
  readonly log: Log;
  readonly random: () => number;
  readonly options: SimulatedOptions;
  readonly stateDir: string;
  readonly entered: (open: number, rung: Rung) => void;
  /** Hears of blocks before the pool does, which logs them in a form of its own. */
  readonly blocked: (event: RuntimeEvent) => void;
}

export interface PoolLife {
  readonly pool: AgentPool;
  readonly isolates: SimulatedIsolates;
  /** Timers of the pool itself that wait. */
  readonly armedCount: () => number;
}

export async function startedLife(parts: LifeParts): Promise<PoolLife> {
  const { clock, log, random, options, stateDir, entered, blocked } = parts;
  const own = new SharedClock(clock);
  const isolates = new SimulatedIsolates(clock, entered);
  const whole = { ...options, stateDir, isolates: isolates.factory };
  const pool = new AgentPool(whole, { clock: own, log, random });
  const emit = (event: RuntimeEvent): void => {
    if (event.kind === 'loop.blocked') blocked(event);
    isolates.context.emit(event);
  };
  for (const agent of simulatedAgents({ clock, emit, entered })) {
    pool.add(agent, { url: import.meta.url });
  }
  await pool.start();
  return { pool, isolates, armedCount: () => own.armedCount };
}
