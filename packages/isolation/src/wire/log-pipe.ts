/**
 * A guest's log lines over a pipe of their own, as JSON: the host's end. The guest's end is
 * `guest/log-writer.ts`.
 */
import type { Readable } from 'node:stream';
import type { LogNotice } from './messages.js';

/** The pipe's file descriptor in the child, after that of the frames. */
export const LOG_FD = 4;
/** No line of ours is that long: what writes there is not our code. */
const LONGEST_LINE_CHARS = 1_048_576;
const LEVELS: ReadonlySet<unknown> = new Set(['debug', 'info', 'warn', 'error']);

/** Calls `told` for each notice, and `ended` when there will be none any more. */
export function readLogPipe(
  pipe: Readable,
  told: (notice: LogNotice) => void,
  ended: () => void,
): void {
  let rest = '';
  pipe.setEncoding('utf8');
  pipe.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE_CHARS) rest = '';
    for (const line of lines) {
      const notice = noticeOf(line);
      if (notice !== undefined) told(notice);
    }
  });
  pipe.on('error', () => {});
  pipe.once('close', ended);
}

/** Undefined for what is none: tenant code can write there too. */
function noticeOf(line: string): LogNotice | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const notice = value as Record<string, unknown>;
  const { kind, level, fields, message, text, agent, session, lines, bytes } = notice;
  const isRight =
    kind === 'log'
      ? LEVELS.has(level) &&
        typeof fields === 'object' &&
        fields !== null &&
        typeof message === 'string'
      : kind === 'output'
        ? typeof text === 'string' && [agent, session].every(isNameOrNull)
        : kind === 'dropped' && typeof lines === 'number' && typeof bytes === 'number';
  return isRight ? (value as LogNotice) : undefined;
}

function isNameOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
