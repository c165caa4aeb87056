/** Whether the service's books and its clients' agree when all is over. */
import type { Snapshot } from '@tenantry/core/snapshot';
import { sumOf, type Books } from './books.js';
import type { JobLoad } from './job-load.js';
import { TALKERS } from './population.js';

export interface BooksVerdict {
  /** Sessions that clients opened. */
  readonly opened: number;
  /** Sessions of the same tenants that the service has seen end, by reason. */
  readonly ends: Readonly<Record<string, number>>;
  /** What does not close, in words; empty where all does. */
  readonly problems: readonly string[];
}

export function checkBooks(books: Books, jobs: JobLoad, closing: Snapshot): BooksVerdict {
  const problems: string[] = [];
  const ends: Record<string, number> = {};
  for (const { id } of TALKERS) {
    const row = closing.tenants.find(({ tenant }) => tenant === id);
    const ended = sumOf(Object.values(row?.ends ?? {}));
    const opened = books.opened.get(id) ?? 0;
    const unheard = books.unheard.get(id) ?? 0;
    for (const [reason, count] of Object.entries(row?.ends ?? {})) {
      ends[reason] = (ends[reason] ?? 0) + count;
    }
    if ((row?.active ?? 0) > 0) problems.push(`${id}: ${row!.active} sessions still run`);
    if (ended < opened || ended > opened + unheard) {
      const also = unheard === 0 ? '' : ` (and ${unheard} of which no answer came)`;
      problems.push(`${id}: ${opened} sessions were opened${also}, ${ended} have ended`);
    }
  }
  if (jobs.submitted === 0) problems.push('no job was taken');
  if (jobs.unsettled.length > 0) {
    problems.push(`${jobs.unsettled.length} jobs have not ended, such as ${jobs.unsettled[0]}`);
  }
  if (jobs.submitted !== jobs.done + jobs.dead + jobs.unsettled.length) {
    problems.push(`${jobs.submitted} jobs, ${jobs.done} done and ${jobs.dead} dead letters`);
  }
  const { queued = 0, running = 0, retrying = 0 } = closing.jobs ?? {};
  if (queued + running + retrying > 0) problems.push('jobs still wait or run');
  return { opened: sumOf(books.opened.values()), ends, problems };
}
