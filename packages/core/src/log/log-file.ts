/**
 * The log as a file: every line is the system's when `write` returns, so that no kill of the process
 * takes it back (a loss of power may). Rotates by size and follows a file that was moved away. What a
 * line is made of is left to `log-sink.ts`.
 */
import { closeSync, renameSync, statSync, unlinkSync, writeSync, type Stats } from 'node:fs';
import path from 'node:path';
import { TenantryError, codeOf } from '../errors/errors.js';
import { openForAppendingSync } from '../files/append-file.js';
import type { LogDestination } from './log-sink.js';
import type { LogFileOptions } from './log-options.js';

/** How often it is looked at whether the file is still the one at its path. */
const IDENTITY_CHECK_MS = 1_000;
/** Of a file that cannot be written this often is complained. */
const COMPLAINT_INTERVAL_MS = 60_000;

export interface LogFileParts {
  /** Monotonic. */
  readonly nowMs: () => number;
  /** Takes the lines that the file does not, and what is said about that. */
  readonly fallback: LogDestination;
}

interface Opened {
  readonly fd: number;
  readonly identity: string;
  sizeBytes: number;
}

export class LogFile implements LogDestination {
  readonly path: string;
  readonly #options: LogFileOptions;
  readonly #parts: LogFileParts;
  #opened: Opened | undefined;
  /** Whether the last write ended inside a line. */
  #isTorn = false;
  #checkedAtMs = 0;
  #complainedAtMs = Number.NEGATIVE_INFINITY;

  /** @throws TENANTRY_LOG_FAILED where the file cannot be opened */
  constructor(options: LogFileOptions, parts: LogFileParts) {
    this.path = path.resolve(options.path);
    this.#options = options;
    this.#parts = parts;
    try {
      this.#open();
    } catch (cause) {
      const reason = codeOf(cause) ?? (cause as Error).message;
      throw new TenantryError('TENANTRY_LOG_FAILED', `logFile ${options.path}: ${reason}`, {
        details: { path: options.path, reason },
        cause,
      });
    }
  }

  /** Appends a whole line, or gives it to the fallback. Never throws. */
  write(line: string): void {
    try {
      this.#append(Buffer.from(line));
    } catch (error) {
      this.#discard();
      this.#complain(error);
      this.#parts.fallback.write(line);
    }
  }

  /** Gives the file back; a line that comes later opens it again. */
  close(): void {
    this.#discard();
  }

  #append(bytes: Buffer): void {
    let file = this.#current();
    const isFull = file.sizeBytes + bytes.byteLength > this.#options.maxFileBytes;
    if (isFull && file.sizeBytes > 0) file = this.#rotate();
    if (this.#isTorn) {
      file.sizeBytes += writeSync(file.fd, '\n');
      this.#isTorn = false;
    }
    for (let from = 0; from < bytes.byteLength;) {
      const writtenBytes = writeSync(file.fd, bytes, from);
      from += writtenBytes;
      file.sizeBytes += writtenBytes;
      this.#isTorn = from < bytes.byteLength;
    }
  }

  #current(): Opened {
    const nowMs = this.#parts.nowMs();
    if (this.#opened === undefined) return this.#open();
    if (nowMs - this.#checkedAtMs < IDENTITY_CHECK_MS) return this.#opened;
    this.#checkedAtMs = nowMs;
    return identityAt(this.path) === this.#opened.identity ? this.#opened : this.#open();
  }

  #open(): Opened {
    const { fd, stats } = openForAppendingSync(this.path);
    this.#discard();
    this.#checkedAtMs = this.#parts.nowMs();
    this.#opened = { fd, identity: identityOf(stats), sizeBytes: stats.size };
    return this.#opened;
  }

  /** Whoever else writes this file may have rotated it already. */
  #rotate(): Opened {
    const { maxFiles } = this.#options;
    const full = this.#opened!;
    if (identityAt(this.path) !== full.identity) return this.#open();
    try {
      for (let slot = maxFiles; slot > 1; slot -= 1) {
        renameWhereThere(`${this.path}.${slot - 1}`, `${this.path}.${slot}`);
      }
      if (maxFiles === 0) unlinkSync(this.path);
      else renameSync(this.path, `${this.path}.1`);
      return this.#open();
    } catch (error) {
      // It grows beyond its size: better than a log that has stopped.
      this.#complain(error);
      return this.#opened ?? full;
    }
  }

  #discard(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    try {
      if (opened !== undefined) closeSync(opened.fd);
    } catch {
      // Of a file that is given up.
    }
  }

  #complain(error: unknown): void {
    const nowMs = this.#parts.nowMs();
    if (nowMs - this.#complainedAtMs < COMPLAINT_INTERVAL_MS) return;
    this.#complainedAtMs = nowMs;
    const said = {
      level: 50,
      time: Date.now(),
      name: 'tenantry',
      file: this.path,
      reason: codeOf(error) ?? String(error),
      msg: '[log] the log file cannot be written or rotated',
    };
    this.#parts.fallback.write(`${JSON.stringify(said)}\n`);
  }
}

function renameWhereThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function identityAt(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? undefined : identityOf(stats);
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}
