/** A log whose warnings and errors are heard by somebody else as well, before they are written. */
import { LevelLog, type LogLevel } from './level-log.js';
import type { Log } from './log.js';

export type LogHeard = (level: 'warn' | 'error', fields: object, message: string) => void;

export class RecordedLog extends LevelLog {
  readonly #log: Log;
  readonly #bindings: object;
  readonly #ear: { hears: LogHeard | undefined };

  /** `ear.hears` may be set later, and is asked at each line. */
  constructor(log: Log, ear: { hears: LogHeard | undefined }, bindings: object = {}) {
    super();
    this.#log = log;
    this.#ear = ear;
    this.#bindings = bindings;
  }

  get level(): string {
    return this.#log.level;
  }

  child(bindings: object): Log {
    const all = { ...this.#bindings, ...bindings };
    return new RecordedLog(this.#log.child(bindings), this.#ear, all);
  }

  protected write(level: LogLevel, fields: object, message: string): void {
    if (level === 'warn' || level === 'error') {
      this.#ear.hears?.(level, { ...this.#bindings, ...fields }, message);
    }
    this.#log[level](fields, message);
  }
}
