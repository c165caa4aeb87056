/** A log that a pool was handed, given nothing with secrets in it. The pool's own log: `log-sink.ts`. */
import { maskText } from '../secrets/mask-text.js';
import { maskValue } from '../secrets/mask-value.js';
import { LevelLog, type LogLevel } from './level-log.js';
import type { Log } from './log.js';

export class MaskedLog extends LevelLog {
  readonly #inner: Log;

  constructor(inner: Log) {
    super();
    this.#inner = inner;
  }

  get level(): string {
    return this.#inner.level;
  }

  child(bindings: object): Log {
    return new MaskedLog(this.#inner.child(maskValue(bindings) as object));
  }

  protected write(level: LogLevel, fields: object, message: string): void {
    this.#inner[level](maskValue(fields) as object, maskText(message));
  }
}
