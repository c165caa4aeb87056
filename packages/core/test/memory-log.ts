/** A log that keeps its lines, each with the bindings of the child that wrote it. */
import type { Log } from '../src/log/log.js';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export class MemoryLog implements Log {
  readonly level = 'debug';
  readonly lines: LogLine[];
  readonly #bindings: object;

  constructor(lines: LogLine[] = [], bindings: object = {}) {
    this.lines = lines;
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
    return new MemoryLog(this.lines, { ...this.#bindings, ...bindings });
  }

  #write(level: string, fields: object, message: string): void {
    this.lines.push({ level, message, fields: { ...this.#bindings, ...fields } });
  }
}
