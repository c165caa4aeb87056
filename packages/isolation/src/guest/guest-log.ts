/** `session.log` inside an isolate: the same four methods, each line told to the host's log. */
import { LevelLog, cutText, toWireError, type Log, type LogLevel } from '@tenantry/core/internal';
import type { OutputGate } from './output-gate.js';

const RANK: Readonly<Record<string, number>> = {
  trace: 10,
  debug: 20,
  info: 30,
  warn: 40,
  error: 50,
  fatal: 60,
  silent: Number.POSITIVE_INFINITY,
};

/** Whose line it is, no agent can change. */
const OWN_NAMES = ['tenant', 'agent', 'session'] as const;
const LONGEST_MESSAGE_CHARS = 8_192;
const LONGEST_FIELDS_CHARS = 24_576;

type Fields = Readonly<Record<string, unknown>>;

export class GuestLog extends LevelLog {
  readonly level: string;
  readonly #bindings: Fields;
  readonly #gate: Pick<OutputGate, 'pass'>;

  constructor(level: string, gate: Pick<OutputGate, 'pass'>, bindings: Fields = {}) {
    super();
    this.level = level;
    this.#gate = gate;
    this.#bindings = bindings;
  }

  child(bindings: object): Log {
    return new GuestLog(this.level, this.#gate, this.#with(bindings));
  }

  protected write(level: LogLevel, given: object, text: string): void {
    if (RANK[level]! < (RANK[this.level] ?? 30)) return;
    const { fields, bytes } = plainFields(this.#with(given));
    const isCut = text.length > LONGEST_MESSAGE_CHARS || bytes > LONGEST_FIELDS_CHARS;
    this.#gate.pass(text.length + bytes, () => {
      const kept = bytes > LONGEST_FIELDS_CHARS ? this.#with({}) : fields;
      return {
        kind: 'log',
        level,
        fields: isCut ? { ...kept, truncated: true } : kept,
        message: cutText(text, LONGEST_MESSAGE_CHARS),
      };
    });
  }

  #with(fields: object): Fields {
    const all: Record<string, unknown> = { ...this.#bindings, ...fields };
    for (const name of OWN_NAMES) {
      if (this.#bindings[name] !== undefined) all[name] = this.#bindings[name];
    }
    return all;
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
