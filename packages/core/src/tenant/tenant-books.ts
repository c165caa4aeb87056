/** What is counted for a tenant. Counters only grow; what is running is asked of the cap. */
import { statusOf, type EndReason } from '../vocabulary/end-reason.js';

export interface BookTotals {
  started: number;
  failures: number;
  messagesIn: number;
  messagesOut: number;
  strayErrors: number;
  readonly ends: Partial<Record<EndReason, number>>;
  readonly refusals: Record<string, number>;
  /** All of them. */
  refusedCount: number;
}

export function emptyBooks(): BookTotals {
  return {
    started: 0,
    failures: 0,
    messagesIn: 0,
    messagesOut: 0,
    strayErrors: 0,
    ends: {},
    refusals: {},
    refusedCount: 0,
  };
}

export function countEnd(
  books: BookTotals,
  reason: EndReason,
  messagesIn: number,
  messagesOut: number,
): void {
  books.ends[reason] = (books.ends[reason] ?? 0) + 1;
  if (statusOf(reason) === 'failed') books.failures += 1;
  books.messagesIn += messagesIn;
  books.messagesOut += messagesOut;
}

export function countRefusal(books: BookTotals, reason: string): void {
  books.refusals[reason] = (books.refusals[reason] ?? 0) + 1;
  books.refusedCount += 1;
}

/** Adds the books of a tenant that is forgotten to those kept for all such tenants. */
export function addBooks(into: BookTotals, from: BookTotals): void {
  into.started += from.started;
  into.failures += from.failures;
  into.messagesIn += from.messagesIn;
  into.messagesOut += from.messagesOut;
  into.strayErrors += from.strayErrors;
  for (const [reason, times] of Object.entries(from.ends)) {
    const key = reason as EndReason;
    into.ends[key] = (into.ends[key] ?? 0) + times;
  }
  into.refusedCount += from.refusedCount;
  for (const [reason, times] of Object.entries(from.refusals)) {
    into.refusals[reason] = (into.refusals[reason] ?? 0) + times;
  }
}
