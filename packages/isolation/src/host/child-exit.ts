/** Reads from a child's exit what it died of. */
import type { IsolateEnd } from '@tenantry/core/internal';

const OUT_OF_MEMORY = /heap out of memory|Allocation failed|Cannot allocate memory|OOM/;

/** V8 ends a process that has no memory left with one of these. */
const ABORT_SIGNALS = new Set(['SIGABRT', 'SIGTRAP', 'SIGILL']);

/** Exit codes that Node gives a meaning (https://nodejs.org/api/process.html#exit-codes). */
const MEANING: Readonly<Record<number, string>> = {
  1: 'uncaught error',
  7: 'error in an error handler',
  9: 'invalid argument',
  13: 'unsettled top-level await',
  134: 'aborted',
};

export function exitEnd(code: number | null, signal: string | null, lastWords: string): IsolateEnd {
  const saysOom = OUT_OF_MEMORY.test(lastWords);
  if (saysOom && (signal === null ? code === 134 : ABORT_SIGNALS.has(signal))) {
    return { reason: 'oom-heap', detail: `${signal ?? `exit code ${code}`}, heap out of memory` };
  }
  if (signal !== null) return { reason: 'signal', detail: signal };
  const meaning = code === null ? undefined : MEANING[code];
  return {
    reason: 'exit',
    detail: meaning === undefined ? `exit code ${code}` : `exit code ${code} (${meaning})`,
  };
}
