/** Started pools with a clock moved by hand and a log kept in memory; closed after each test. */
import { afterEach } from '@jest/globals';
import { defineAgent, type Agent } from '../../src/host/agent.js';
import type { Session } from '../../src/host/session.js';
import { AgentPool } from '../../src/pool/agent-pool.js';
import type { AgentPoolOptions } from '../../src/pool/pool-options.js';
import { ManualClock } from '../manual-clock.js';
import { MemoryLog } from '../memory-log.js';
import { turns } from '../turns.js';

export interface TestPool {
  readonly pool: AgentPool;
  readonly clock: ManualClock;
  readonly log: MemoryLog;
}

const open: TestPool[] = [];

afterEach(async () => {
  for (const { pool, clock } of open.splice(0)) {
    const closing = pool.close();
    // Whatever ignores its abort or never answers is left behind at its grace time.
    await turns(2);
    clock.advance(3_600_000);
    await closing;
  }
});

export function makePool(options: AgentPoolOptions = {}): TestPool {
  const [clock, log] = [new ManualClock(), new MemoryLog()];
  const whole = {
    enableIntrospection: false,
    memoryWarnMb: 0,
    agents: [echo],
    ...options,
  } as AgentPoolOptions;
  const made = { pool: new AgentPool(whole, { clock, log }), clock, log };
  open.push(made);
  return made;
}

export async function startedPool(options: AgentPoolOptions = {}): Promise<TestPool> {
  const made = makePool(options);
  await made.pool.start();
  return made;
}

export const agentOf = (name: string, run: (session: Session) => unknown): Agent =>
  defineAgent({ name, run });

/** Answers every message with itself, until the client closes. */
export const echo = agentOf('echo', async (session) => {
  for await (const message of session.messages) await session.send(message);
  return session.messageCount;
});

/** Runs until it is aborted, and then ends at once. */
export const patient = agentOf('patient', (session) => session.messages.next().then(() => 'said'));

/** Runs on whatever it is told. */
export const deaf = agentOf('deaf', () => new Promise(() => {}));
