/** What the hosts of the observer's tests share: a pool that keeps what it is told, and blocking code. */
import process from 'node:process';
import { AgentPool, defineAgent, type RuntimeEvent } from '@tenantry/core';
import type { AgentPoolOptions, SessionHandle } from '@tenantry/core';
import { cpuBudget } from './cpu-time.js';
import { keepingLog, next, type LogLine } from './rungs.js';

export type Blocked = Extract<RuntimeEvent, { kind: 'loop.blocked' }>;

export const say = (what: string, value: unknown): void =>
  void process.stdout.write(`${JSON.stringify({ what, value })}\n`);

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

export function spin(ms: number): void {
  const leftMs = cpuBudget(ms);
  do {
    const partMs = Date.now() + leftMs();
    while (Date.now() < partMs);
  } while (leftMs() > 0);
}

/** Holds the shared loop for as long as it is told to. */
export const spinner = defineAgent({
  name: 'spinner',
  async run(session) {
    for await (const ms of session.messages) {
      spin(ms as number);
      await session.send('spun');
    }
  },
});

export async function spinIn(session: SessionHandle, ms: number): Promise<void> {
  await session.send(ms);
  await next(session);
}

export interface WatchedHost {
  readonly pool: AgentPool;
  readonly events: RuntimeEvent[];
  readonly lines: LogLine[];
  /** Blocks that have ended. */
  readonly ended: () => Blocked[];
}

export async function startWatched(options: Partial<AgentPoolOptions> = {}): Promise<WatchedHost> {
  const events: RuntimeEvent[] = [];
  const lines: LogLine[] = [];
  const observers = [{ onRuntimeEvent: (event: RuntimeEvent) => void events.push(event) }];
  const pool = new AgentPool(
    { agents: [spinner], observers, ...options },
    {
      log: keepingLog(lines),
    },
  );
  await pool.start();
  const isEnded = (event: RuntimeEvent): event is Blocked =>
    event.kind === 'loop.blocked' && !event.isOngoing;
  return { pool, events, lines, ended: () => events.filter(isEnded) };
}
