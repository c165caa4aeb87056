/** The facts of what holds a tenant, a line each; none where the pool has none of it. */
import type { TenantRow } from '@tenantry/core/snapshot';
import { breakerText, ladderText, offenceText, scoreText } from '../view/confinement-text.js';
import { NOTHING, formatCount, formatMs } from '../view/format.js';
import type { Terminal } from '../view/terminal.js';
import { fact } from './detail-parts.js';

export function confinementFacts(row: TenantRow, terminal: Terminal): string[] {
  return [
    ...ladderFacts(row.ladder ?? undefined, terminal),
    ...(row.breaker === undefined || row.breaker === null
      ? []
      : [fact('breaker', breakerText(row.breaker), terminal)]),
    ...(row.queued === undefined ? [] : [fact('waiting', waitingText(row.queued), terminal)]),
  ];
}

function ladderFacts(ladder: TenantRow['ladder'], terminal: Terminal): string[] {
  if (ladder === undefined || ladder === null) return [];
  const { floor, ceiling, pin, lastOffence } = ladder;
  const offence = lastOffence === null ? 'none' : offenceText(lastOffence);
  return [
    fact('ladder', ladderText(ladder), terminal),
    fact('bounds', `from ${floor} to ${ceiling}, pin ${pin ?? NOTHING}`, terminal),
    fact('score', `${scoreText(ladder)}, last offence: ${offence}`, terminal),
  ];
}

const waitingText = ({ waiting, oldestMs }: NonNullable<TenantRow['queued']>): string =>
  waiting === 0 ? 'nobody' : `${formatCount(waiting)}, the oldest for ${formatMs(oldestMs)}`;
