/** The log every part writes to. Pino by default; anything with its four methods will do. */
import os from 'node:os';
import process from 'node:process';
import { pino } from 'pino';

/** The part of a pino logger that the runtime uses. */
export interface Log {
  readonly level: string;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: object): Log;
}

/**
 * JSON lines on stderr, written synchronously: an asynchronous destination loses its last lines when
 * the process is killed. `TENANTRY_LOG_LEVEL` sets the level, `info` by default.
 */
export function defaultLog(): Log {
  const level = process.env['TENANTRY_LOG_LEVEL'] ?? 'info';
  return pino({ level, name: 'tenantry' }, pino.destination({ fd: 2, sync: true }));
}

/** Levels at which a warning is written. */
const WITH_WARNINGS: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn']);

/**
 * Where the default log's lines go and what each of them carries, for a thread that writes one while
 * the main thread cannot; null where its level leaves warnings out.
 */
export function defaultLogTarget(
  log: Log,
): { readonly fd: number; readonly bindings: Readonly<Record<string, unknown>> } | null {
  if (!WITH_WARNINGS.has(log.level)) return null;
  return { fd: 2, bindings: { pid: process.pid, hostname: os.hostname(), name: 'tenantry' } };
}
