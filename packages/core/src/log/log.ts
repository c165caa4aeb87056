/** The log every part writes to. Pino by default; anything with its four methods will do. */
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
