/** `session.log` inside an isolate: the same four methods, each line told to the host's log. */
import { types } from 'node:util';
import type { Log } from '@tenantry/core/internal';
import { toWireError } from '@tenantry/core/internal';
import type { GuestNotice } from '../wire/messages.js';
import type { OutputMeter } from './output-meter.js';

type Level = 'debug' | 'info' | 'warn' | 'error';
const RANK: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

export class GuestLog implements Log {
  readonly level: string;
  readonly #bindings: object;
  readonly #meter: OutputMeter;
  readonly #tell: (notice: GuestNotice) => void;

  constructor(
    level: string,
    meter: OutputMeter,
    tell: (notice: GuestNotice) => void,
    bindings: object = {},
  ) {
    this.level = level;
    this.#meter = meter;
    this.#tell = tell;
    this.#bindings = bindings;
  }

  debug(fields: object, message: string): void {
    this.#write('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#write('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#write('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#write('error', fields, message);
  }

  child(bindings: object): Log {
    return new GuestLog(this.level, this.#meter, this.#tell, { ...this.#bindings, ...bindings });
  }

  #write(level: Level, given: object | string, message: string | undefined): void {
    if (RANK[level]! < (RANK[this.level] ?? 30)) return;
    // Called as pino is: fields and a message, a message alone, or an error in place of fields.
    const isText = typeof given === 'string';
    const isError = types.isNativeError(given);
    const fields = isText ? {} : isError ? { err: given } : given;
    const text = isText ? given : (message ?? (isError ? given.message : ''));
    const plain = plainFields({ ...this.#bindings, ...fields });
    if (!this.#meter.pass(text.length + plain.bytes)) return;
    this.#tell({ kind: 'log', level, fields: plain.fields, message: text });
  }
}

/** What a JSON log would have shown; nothing that a clone could refuse. */
function plainFields(fields: Record<string, unknown>): {
  fields: Record<string, unknown>;
  bytes: number;
} {
  try {
    const json = JSON.stringify(fields, (_key, value: unknown) =>
      typeof value === 'object' && value !== null && 'stack' in value && 'message' in value
        ? toWireError(value)
        : typeof value === 'bigint'
          ? `${value}n`
          : value,
    );
    return { fields: JSON.parse(json) as Record<string, unknown>, bytes: json.length };
  } catch {
    return { fields: { unloggable: true }, bytes: 0 };
  }
}
