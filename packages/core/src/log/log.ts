/** The log every part writes to. Pino by default; anything with its four methods will do. */
import os from 'node:os';
import process from 'node:process';
import { pino } from 'pino';
import { TenantryError, shown } from '../errors/errors.js';
import { maskValue } from '../secrets/mask-value.js';
import type { DirectLog } from './direct-log.js';
import { LogFile } from './log-file.js';
import type { LogFileOptions } from './log-options.js';
import { LogSink, type LogDestination } from './log-sink.js';

const NAME = 'tenantry';
const STDERR_FD = 2;
const LEVEL_VARIABLE = 'TENANTRY_LOG_LEVEL';
const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** The part of a pino logger that the runtime uses. */
export interface Log {
  readonly level: string;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(bindings: object): Log;
}

/** Where the pool's own log goes. */
export interface OwnLog {
  readonly log: Log;
  /** The file its lines are in; null: they are on stderr. */
  readonly path: string | null;
  close(): void;
}

/**
 * JSON lines, written synchronously: an asynchronous destination loses its last lines when the process
 * is killed. On stderr, or in a file. `TENANTRY_LOG_LEVEL` sets the level, `info` by default.
 * @throws TENANTRY_LOG_FAILED, TENANTRY_OPTIONS_INVALID where it is no level
 */
export function ownLog(file: LogFileOptions | undefined, nowMs: () => number): OwnLog {
  const stderr: LogDestination = pino.destination({ fd: STDERR_FD, sync: true });
  if (file === undefined) return { log: logTo(stderr), path: null, close: () => {} };
  const destination = new LogFile(file, { nowMs, fallback: stderr });
  return { log: logTo(destination), path: destination.path, close: () => destination.close() };
}

/** The same on stderr, for what has no pool. @throws TENANTRY_OPTIONS_INVALID */
export function defaultLog(): Log {
  return ownLog(undefined, () => performance.now()).log;
}

function logTo(destination: LogDestination): Log {
  const level = levelOf(process.env[LEVEL_VARIABLE] ?? 'info');
  // Of an error what it is, and nothing that a library may have hung on it.
  const serializers = { err: maskValue, error: maskValue, cause: maskValue };
  return pino({ level, name: NAME, serializers }, new LogSink(destination));
}

function levelOf(text: string): string {
  if (LEVELS.includes(text)) return text;
  throw new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `${LEVEL_VARIABLE}: expected one of ${LEVELS.join(', ')}, received ${shown(text)}`,
    { details: { variable: LEVEL_VARIABLE } },
  );
}

/** Levels at which a warning is written. */
const WITH_WARNINGS: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn']);

/** Null where the log's level leaves warnings out. */
export function directLogOf({ log, path }: OwnLog): DirectLog | null {
  if (!WITH_WARNINGS.has(log.level)) return null;
  const bindings = { pid: process.pid, hostname: os.hostname(), name: NAME };
  return { file: path, bindings };
}
