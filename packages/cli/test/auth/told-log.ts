/** A log that keeps what it is told. */
import type { Log } from '@tenantry/core/internal';

export interface ToldLog extends Log {
  readonly lines: Readonly<Record<string, unknown>>[];
}

export function toldLog(): ToldLog {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const at =
    (level: string) =>
    (fields: object, text: string): void =>
      void lines.push({ level, ...fields, text });
  const log: ToldLog = {
    lines,
    level: 'debug',
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return log;
}
