/** The three places a session can run, and pools that run it there: the contract suite's subject. */
import { AgentPool, type AgentPoolOptions, type Log, type SessionHandle } from '@tenantry/core';
import type { TenantOptions } from '@tenantry/core';
import { isolates } from '../../src/index.js';

export const RUNGS = ['coroutine', 'thread', 'process'] as const;
export const ISOLATE_RUNGS = ['thread', 'process'] as const;
export type RungUnderTest = (typeof RUNGS)[number];

const AGENTS = new URL('../agents/', import.meta.url);

/** The tenant settings that place a session on a rung. */
export function on(rung: RungUnderTest): TenantOptions {
  if (rung === 'coroutine') return { isolation: 'coroutine' };
  return { isolation: 'process', isolate: rung === 'thread' ? 'worker_threads' : 'child_process' };
}

/** One logged line: its fields with its level and message. */
export type LogLine = Record<string, unknown> & { level: string; msg: string };

/** A log that keeps its lines. */
export function keepingLog(lines: LogLine[] = [], bindings: object = {}): Log {
  const write =
    (level: string) =>
    (fields: object, msg: string): void =>
      void lines.push({ ...bindings, ...fields, level, msg });
  return {
    level: 'info',
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => keepingLog(lines, { ...bindings, ...more }),
  };
}

const open = new Set<AgentPool>();

/** A started pool with every agent of the suite; `closePools` ends it. */
export async function startPool(
  options: Partial<AgentPoolOptions> = {},
  lines: LogLine[] = [],
): Promise<AgentPool> {
  const pool = new AgentPool(
    { isolates, enableIntrospection: false, ...options },
    { log: keepingLog(lines) },
  );
  open.add(pool);
  await pool.discover(AGENTS);
  await pool.start();
  return pool;
}

export async function closePools(): Promise<void> {
  const pools = [...open];
  open.clear();
  await Promise.all(pools.map((pool) => pool.close()));
}

/** The next message, or undefined at the end. */
export async function next(session: SessionHandle): Promise<unknown> {
  const { value } = await session.messages.next();
  return value;
}

/** What a promise rejects with; fails the test when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code?: string };
  }
  throw new Error('expected a rejection');
}

/** Resolves when `holds` does, asked at every turn of the timers; fails after `deadlineMs`. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 25_000,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
