/** A log with one method instead of four: every level goes through `write`. */
import { types } from 'node:util';
import type { Log } from './log.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export abstract class LevelLog implements Log {
  abstract readonly level: string;
  abstract child(bindings: object): Log;
  protected abstract write(level: LogLevel, fields: object, message: string): void;

  debug(fields: object, message: string): void {
    this.#given('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#given('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#given('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#given('error', fields, message);
  }

  /** Called as pino is: fields and a message, a message alone, or an error in place of fields. */
  #given(level: LogLevel, given: object | string, message: string | undefined): void {
    if (typeof given === 'string') this.write(level, {}, given);
    else if (types.isNativeError(given))
      this.write(level, { err: given }, message ?? given.message);
    else this.write(level, given ?? {}, message ?? '');
  }
}
