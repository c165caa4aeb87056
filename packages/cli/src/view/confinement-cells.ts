/**
 * What holds a tenant, as cells say it: the rung with its mark, the breaker, the score, who waits. Each
 * is left out of a table in which no tenant has it. What the words mean is left to the pool.
 */
import type { TenantRow } from '@tenantry/core/snapshot';
import type { Cell } from './column.js';
import { scoreText } from './confinement-text.js';
import { NOTHING, formatCount } from './format.js';
import type { Tone } from './paint.js';
import type { Terminal } from './terminal.js';

type Ladder = NonNullable<TenantRow['ladder']>;
type Rung = TenantRow['rung'];

/** Where the first new sessions go while a tenant is on probation. */
const BELOW: Readonly<Record<Rung, Rung>> = {
  quarantined: 'process',
  process: 'thread',
  thread: 'coroutine',
  coroutine: 'coroutine',
};

const STATE_TONE: Readonly<Record<Ladder['state'], Tone>> = {
  free: 'plain',
  confined: 'warn',
  probation: 'accent',
  pinned: 'accent',
};

/** A score this near to the threshold is worth a look. */
const NEAR_RATIO = 0.5;

/** `process 42s`, `process→thread 42s`, `thread (pin)`; the rung alone where nothing holds the tenant. */
export function rungCell(
  { rung, ladder, quarantinedForMs }: TenantRow,
  msText: (ms: number) => string,
  terminal: Terminal,
): Cell {
  // Quarantine because the isolate kept failing is the supervisor's, whatever the ladder says.
  if (quarantinedForMs !== null || ladder === undefined || ladder === null) {
    const left = quarantinedForMs === null ? '' : `, ${msText(quarantinedForMs)} left`;
    return { text: `${rung}${left}`, tone: rung === 'quarantined' ? 'bad' : 'plain' };
  }
  const tone = ladder.rung === 'quarantined' ? 'bad' : STATE_TONE[ladder.state];
  return { text: `${ladder.rung}${markOf(ladder, msText, terminal)}`, tone };
}

function markOf(
  { state, rung, leftMs }: Ladder,
  msText: (ms: number) => string,
  terminal: Terminal,
): string {
  if (state === 'free') return '';
  if (state === 'pinned') return ' (pin)';
  // Put there by hand: there is no end to wait for.
  if (state === 'confined' && leftMs === null) return ' (hand)';
  const left = leftMs === null ? '' : ` ${msText(leftMs)}`;
  if (state === 'confined') return left;
  return `${terminal.hasUnicode ? '→' : '>'}${BELOW[rung]}${left}`;
}

/** A closed breaker is nothing to look at; in brackets is one that only counts. */
export function breakerCell({ breaker }: TenantRow, msText: (ms: number) => string): Cell {
  if (breaker === undefined || breaker === null || breaker.state === 'closed') {
    return { text: NOTHING, tone: 'plain' };
  }
  const { state, enforced, nextProbeInMs } = breaker;
  const text = nextProbeInMs === null ? state : `${state} ${msText(nextProbeInMs)}`;
  if (!enforced) return { text: `(${text})`, tone: 'warn' };
  return { text, tone: state === 'open' ? 'bad' : 'warn' };
}

/** `3.2/5`; in brackets where the threshold moves nobody. */
export function scoreCell({ ladder }: TenantRow): Cell {
  if (ladder === undefined || ladder === null) return { text: NOTHING, tone: 'plain' };
  const score = scoreText(ladder);
  if (score.startsWith('0/')) return { text: NOTHING, tone: 'plain' };
  const text = ladder.enforced ? score : `(${score})`;
  if (ladder.score >= ladder.threshold) return { text, tone: 'bad' };
  return { text, tone: ladder.score >= NEAR_RATIO * ladder.threshold ? 'warn' : 'plain' };
}

export function waitingCell({ queued }: TenantRow): Cell {
  const waiting = queued?.waiting ?? 0;
  return waiting === 0
    ? { text: NOTHING, tone: 'plain' }
    : { text: formatCount(waiting), tone: 'warn' };
}

export interface Held {
  readonly hasLadder: boolean;
  readonly hasBreaker: boolean;
  readonly hasQueue: boolean;
}

/** Which of it any tenant has. */
export function heldIn(rows: readonly TenantRow[]): Held {
  const isThere = (part: unknown): boolean => part !== undefined && part !== null;
  return {
    hasLadder: rows.some(({ ladder }) => isThere(ladder)),
    hasBreaker: rows.some(({ breaker }) => isThere(breaker)),
    hasQueue: rows.some(({ queued }) => isThere(queued)),
  };
}
