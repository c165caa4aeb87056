/**
 * A guest's log lines over a pipe of their own, as JSON: either end of it. The guest's thread writes
 * them past its process's other thread straight into the kernel, where no kill takes them back; what
 * the kernel has no room for, because the host has not read for as long, waits in the guest, bounded.
 */
import net from 'node:net';
import type { Readable } from 'node:stream';
import type { LogNotice } from './messages.js';

/** The pipe's file descriptor in the child, after that of the frames. */
export const LOG_FD = 4;
/** Beyond it lines are dropped, and told as dropped. */
const MOST_WAITING_BYTES = 1_048_576;
/** No line of ours is that long: what writes there is not our code. */
const LONGEST_LINE_CHARS = 1_048_576;
const LEVELS: ReadonlySet<unknown> = new Set(['debug', 'info', 'warn', 'error']);

/** The guest's end. */
export function openLogPipe(fd: number): (notice: LogNotice) => void {
  const pipe = new net.Socket({ fd, readable: false, writable: true });
  pipe.on('error', () => {});
  pipe.unref();
  let lines = 0;
  let bytes = 0;
  return (notice) => {
    const text = `${JSON.stringify(notice)}\n`;
    if (pipe.writableLength > MOST_WAITING_BYTES) {
      lines += 1;
      bytes += text.length;
      return;
    }
    if (lines > 0) pipe.write(`${JSON.stringify({ kind: 'dropped', lines, bytes })}\n`);
    lines = 0;
    bytes = 0;
    // Tried at once: with room in the kernel, the line is there when this returns.
    pipe.write(text);
  };
}

/** The host's end: calls `told` for each notice, and `ended` when there will be none any more. */
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
