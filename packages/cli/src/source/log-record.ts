/** One line of a log as a record, and whether it is among those that were asked for. */
import { maskText, maskValue } from '@tenantry/core/internal';

/** Levels by name, as pino numbers them. */
export const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;
export type LevelName = keyof typeof LEVELS;

export interface LogRecord {
  /** All of it, without secrets. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Null where it does not say, as in a line that is no record. */
  readonly level: number | null;
  readonly timeMs: number | null;
  /** Whether it was a line of JSON. */
  readonly isRecord: boolean;
}

export interface LogFilter {
  readonly tenant?: string | undefined;
  readonly agent?: string | undefined;
  /** An id or the beginning of one. */
  readonly session?: string | undefined;
  readonly level?: LevelName | undefined;
  readonly sinceMs: number | null;
}

/** A line that is no JSON is a record with a message only. */
export function recordOf(line: string): LogRecord {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { fields: { msg: maskText(line) }, level: null, timeMs: null, isRecord: false };
  }
  const fields = maskValue(value) as Readonly<Record<string, unknown>>;
  return {
    fields,
    level: levelOf(fields['level']),
    timeMs: timeOf(fields['time']),
    isRecord: true,
  };
}

/** What a filter asks for and a line does not say, it does not have. */
export function passes({ fields, level, timeMs }: LogRecord, filter: LogFilter): boolean {
  const { session } = fields;
  return (
    (filter.tenant === undefined || fields['tenant'] === filter.tenant) &&
    (filter.agent === undefined || fields['agent'] === filter.agent) &&
    (filter.session === undefined ||
      (typeof session === 'string' && session.startsWith(filter.session))) &&
    (filter.level === undefined || (level ?? 0) >= LEVELS[filter.level]) &&
    (filter.sinceMs === null || (timeMs ?? 0) >= filter.sinceMs)
  );
}

function levelOf(level: unknown): number | null {
  if (typeof level === 'number') return level;
  return typeof level === 'string' && Object.hasOwn(LEVELS, level.toLowerCase())
    ? LEVELS[level.toLowerCase() as LevelName]
    : null;
}

function timeOf(time: unknown): number | null {
  const ms = typeof time === 'string' ? Date.parse(time) : time;
  return typeof ms === 'number' && Number.isFinite(ms) ? ms : null;
}
