/** Lines of the pool's own log from a thread that writes them itself, while the main loop cannot. */
import { closeSync, writeSync } from 'node:fs';
import { openForAppendingSync } from '../files/append-file.js';

const STDERR_FD = 2;
const PINO_WARN = 40;

/** Where lines go, and what each carries. */
export interface DirectLog {
  /** Null: to stderr. */
  readonly file: string | null;
  readonly bindings: Readonly<Record<string, unknown>>;
}

/**
 * Writes a warning there, past the main thread.
 * @throws the system's error; the line is not written then
 */
export function writeDirectly({ file, bindings }: DirectLog, line: object, nowMs: number): void {
  const text = `${JSON.stringify({ level: PINO_WARN, time: nowMs, ...bindings, ...line })}\n`;
  if (file === null) {
    writeSync(STDERR_FD, text);
    return;
  }
  const { fd } = openForAppendingSync(file);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}
