/**
 * A tenant's counters as one flat table, so that those of many tenants can be added up and taken off
 * each other. Keys are the field's name, or its name and a label's value.
 */
import type { BlockedFigure } from '../snapshot/figures.js';
import type { TenantEntry } from '../snapshot/report.js';

export type Counters = Readonly<Record<string, number>>;

type Books = Pick<
  TenantEntry,
  'started' | 'messagesIn' | 'messagesOut' | 'strayErrors' | 'ends' | 'refusals'
>;
type Blocked = Pick<BlockedFigure, 'count' | 'totalMs'>;

const END = 'end:';
const REFUSAL = 'refusal:';

export function addBooks(into: Record<string, number>, books: Books): void {
  add(into, 'started', books.started);
  add(into, 'messagesIn', books.messagesIn);
  add(into, 'messagesOut', books.messagesOut);
  add(into, 'strayErrors', books.strayErrors);
  for (const reason in books.ends) add(into, END + reason, books.ends[reason as never] ?? 0);
  for (const reason in books.refusals) add(into, REFUSAL + reason, books.refusals[reason] ?? 0);
}

export function addCost(
  into: Record<string, number>,
  cpuMs: number | undefined,
  blocked: Blocked,
): void {
  if (cpuMs !== undefined) add(into, 'cpuMs', cpuMs);
  add(into, 'blocks', blocked.count);
  add(into, 'blockedMs', blocked.totalMs);
}

/** What was counted of each reason that ends, or refusals, have. */
export function byReason(
  counters: Counters,
  kind: 'end' | 'refusal',
): { readonly reason: string; readonly count: number }[] {
  const prefix = kind === 'end' ? END : REFUSAL;
  return Object.entries(counters)
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, count]) => ({ reason: key.slice(prefix.length), count }));
}

function add(into: Record<string, number>, key: string, value: number): void {
  into[key] = (into[key] ?? 0) + value;
}
