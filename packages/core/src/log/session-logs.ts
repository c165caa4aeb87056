/**
 * The logs of sessions that share a loop. Each may write so much a second; what is more is counted and
 * told. Whose line it is, no agent can change. In an isolate the guest's own log does both.
 */
import type { Clock } from '../time/clock.js';
import { LevelLog, type LogLevel } from './level-log.js';
import type { Log } from './log.js';
import { OutputMeter, droppedText } from './output-meter.js';

export interface SessionLogRules {
  readonly maxBytesPerSecond: number;
  readonly clock: Pick<Clock, 'nowMs' | 'after'>;
}

const DROP_REPORT_AFTER_MS = 1_000;
/** What a field that is no text is taken for; most are numbers and short lists. */
const USUAL_FIELD_BYTES = 32;
/** What every line has besides: level, time, names. */
const USUAL_LINE_BYTES = 128;

/** Its children are the sessions' logs. */
export class SessionLogs extends LevelLog {
  readonly #log: Log;
  readonly #rules: SessionLogRules;

  constructor(log: Log, rules: SessionLogRules) {
    super();
    this.#log = log;
    this.#rules = rules;
  }

  get level(): string {
    return this.#log.level;
  }

  child(bindings: object): Log {
    const log = this.#log.child(bindings);
    const gate = new Gate(log, bindings, this.#rules);
    return new SessionLog(log, bindings, gate);
  }

  protected write(level: LogLevel, fields: object, message: string): void {
    this.#log[level](fields, message);
  }
}

class SessionLog extends LevelLog {
  readonly #log: Log;
  readonly #own: object;
  readonly #gate: Gate;

  constructor(log: Log, own: object, gate: Gate) {
    super();
    this.#log = log;
    this.#own = own;
    this.#gate = gate;
  }

  get level(): string {
    return this.#log.level;
  }

  child(bindings: object): Log {
    return new SessionLog(this.#log.child(this.#withOwn(bindings)), this.#own, this.#gate);
  }

  protected write(level: LogLevel, fields: object, message: string): void {
    if (!this.#gate.pass(fields, message)) return;
    this.#log[level](this.#withOwn(fields), message);
  }

  /** Of a name that stands in a line twice, readers take the last. */
  #withOwn(fields: object): object {
    for (const name in this.#own) if (name in fields) return { ...fields, ...this.#own };
    return fields;
  }
}

class Gate {
  readonly #log: Log;
  readonly #tenant: string;
  readonly #meter: OutputMeter;
  readonly #clock: SessionLogRules['clock'];
  #isToldLater = false;

  constructor(log: Log, { tenant = '' }: { readonly tenant?: string }, rules: SessionLogRules) {
    this.#log = log;
    this.#tenant = tenant;
    this.#clock = rules.clock;
    this.#meter = new OutputMeter(rules.maxBytesPerSecond, () => rules.clock.nowMs());
  }

  pass(fields: object, message: string): boolean {
    let bytes = USUAL_LINE_BYTES + message.length;
    for (const value of Object.values(fields)) {
      bytes += typeof value === 'string' ? value.length : USUAL_FIELD_BYTES;
    }
    if (this.#meter.pass(bytes)) return true;
    if (!this.#isToldLater) {
      this.#isToldLater = true;
      this.#clock.after(DROP_REPORT_AFTER_MS, () => this.#tell());
    }
    return false;
  }

  #tell(): void {
    this.#isToldLater = false;
    const dropped = this.#meter.takeDropped();
    const { lines: droppedLines, bytes: droppedBytes } = dropped;
    this.#log.warn({ droppedLines, droppedBytes }, droppedText(this.#tenant, dropped));
  }
}
