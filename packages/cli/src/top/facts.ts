/** The facts of one session, tenant or isolate, a line each. Lists are left to `detail-parts.ts`. */
import type {
  BlockedFigure,
  CpuFigure,
  IsolateRow,
  SessionRow,
  Snapshot,
  TenantRow,
} from '@tenantry/core/snapshot';
import { memoryText, shareMark, sharingTenants } from '../view/cost-cells.js';
import {
  NOTHING,
  formatBytes,
  formatCount,
  formatMs,
  formatRatio,
  formatReasons,
} from '../view/format.js';
import { placeText } from '../view/place-text.js';
import type { Terminal } from '../view/terminal.js';
import { confinementFacts } from './confinement-facts.js';
import { fact } from './detail-parts.js';
import { STATUS_TONE } from './session-columns.js';

/** Upper bounds of the histogram's buckets as people read them. */
const BUCKETS = ['to 100 ms', 'to 200 ms', 'to 500 ms', 'to 1 s', 'longer'] as const;

export function sessionFacts(row: SessionRow, terminal: Terminal): string[] {
  const line = (label: string, text: string): string => fact(label, text, terminal);
  return [
    line('tenant', row.tenant),
    line('agent', row.agent),
    line('runs', `${row.rung}, isolate ${row.isolate}, for ${formatMs(row.durationMs)}`),
    fact(
      'status',
      [
        { text: row.status, tone: STATUS_TONE[row.status] },
        { text: `, state ${row.state}, idle ${formatMs(row.idleMs)}`, tone: 'plain' },
      ],
      terminal,
    ),
    line('CPU', cpuText(row.cpu)),
    line('memory', memoryFact(row, terminal)),
    line('allocates', allocationText(row.allocation)),
    line('messages', messagesText(row)),
    ...blockedFacts(row.blocked, terminal),
  ];
}

export function tenantFacts(
  row: TenantRow,
  { isolates, sessions }: Snapshot,
  terminal: Terminal,
): string[] {
  const line = (label: string, text: string): string => fact(label, text, terminal);
  const mark = sharingTenants({ sessions }).has(row.tenant) ? shareMark(terminal) : '';
  const its = isolates.filter(({ tenant }) => tenant === row.tenant);
  const listed = sessions.filter(({ tenant }) => tenant === row.tenant).length;
  const left = row.quarantinedForMs === null ? '' : `, ${formatMs(row.quarantinedForMs)} left`;
  return [
    line('rung', `${row.rung}${left}`),
    ...confinementFacts(row, terminal),
    line(
      'sessions',
      `${formatCount(row.active)} of ${formatCount(row.maxSessions)}, ${listed} listed (Enter shows them)`,
    ),
    line(
      'isolates',
      its.length === 0
        ? 'none of its own'
        : its.map((own) => `${own.isolate} ${own.state}`).join(', '),
    ),
    line('CPU', cpuText(row.cpu)),
    line('memory', `${mark}${formatBytes(row.memoryBytes)} of its running sessions`),
    line('allocates', allocationText(row.allocation)),
    line('messages', messagesText(row)),
    line(
      'started',
      `${formatCount(row.started)}, failed ${formatCount(row.failures)}, stray errors ${formatCount(row.strayErrors)}`,
    ),
    line('refused', formatReasons(row.refusals)),
    line('ends', formatReasons(row.ends)),
    ...blockedFacts(row.blocked, terminal),
  ];
}

export function isolateFacts(row: IsolateRow, terminal: Terminal): string[] {
  const line = (label: string, text: string): string => fact(label, text, terminal);
  const age = row.reportAgeMs === null ? '' : `, ${formatMs(row.reportAgeMs)} old`;
  const limit = row.memoryLimitMb === null ? 'no limit' : `limit ${row.memoryLimitMb} MB`;
  const end = row.lastEnd;
  return [
    line('runs', `${row.rung}, of ${row.tenant ?? 'no tenant'}, scope ${row.scope ?? NOTHING}`),
    line('place', `pid ${row.pid ?? NOTHING}, thread ${row.threadId ?? NOTHING}`),
    line('state', `${row.state}, restarts ${formatCount(row.restarts)}`),
    line('report', `${row.freshness}${age}`),
    line('sessions', `${formatCount(row.sessions)}, ghosts ${formatCount(row.ghosts)}`),
    line('CPU', `${cpuText(row.cpu)}, of no session ${formatMs(row.unattributedCpuMs)}`),
    line('loop', `lag ${formatMs(row.loopLagMs)}, ELU ${formatRatio(row.eluRatio)}`),
    line(
      'memory',
      `RSS ${formatBytes(row.rssBytes)}, PSS ${formatBytes(row.pssBytes)}, heap ${formatBytes(row.heapUsedBytes)}, external ${formatBytes(row.externalBytes)}, ${limit}`,
    ),
    line(
      'last end',
      end === null
        ? NOTHING
        : `${end.reason} ${formatMs(end.agoMs)} ago: ${end.detail}${
            end.offender === undefined ? '' : ` (session ${end.offender})`
          }`,
    ),
  ];
}

function cpuText(cpu: CpuFigure | null): string {
  if (cpu === null) return NOTHING;
  const { nowRatio, minuteRatio, totalMs, method } = cpu;
  return `${formatRatio(nowRatio)} now, ${formatRatio(minuteRatio)} over a minute, ${formatMs(totalMs)} in all (${method})`;
}

function memoryFact({ memory }: SessionRow, terminal: Terminal): string {
  if (memory === null) return NOTHING;
  const among = memory.sharedBy > 1 ? ` of ${formatCount(memory.sharedBy)} sessions` : '';
  const figure = memoryText(memory, formatBytes, terminal);
  return `${figure}, peak ${formatBytes(memory.peakBytes)} (${memory.method}${among})`;
}

const allocationText = (allocation: SessionRow['allocation']): string =>
  allocation === null
    ? NOTHING
    : `${formatBytes(allocation.bytesPerS)} a second (${allocation.method})`;

function messagesText(row: SessionRow | TenantRow): string {
  const { messagesIn, messagesOut, queuedIn, queuedOut } = row;
  return `${formatCount(messagesIn)} in, ${formatCount(messagesOut)} out, queued ${formatCount(queuedIn)}/${formatCount(queuedOut)}`;
}

function blockedFacts(blocked: BlockedFigure, terminal: Terminal): string[] {
  const { count, totalMs, longestMs, lastAgoMs, lastPlace, minute } = blocked;
  if (count === 0) return [fact('blocked', 'never', terminal)];
  const last = lastAgoMs === 0 ? 'now' : `${formatMs(lastAgoMs)} ago`;
  const where = lastPlace === null ? 'line unknown' : placeText(lastPlace);
  const buckets = minute.map((length, at) => `${BUCKETS[at] ?? ''} ${formatCount(length)}`);
  return [
    fact(
      'blocked',
      `${formatCount(count)} times, ${formatMs(totalMs)} in all, longest ${formatMs(longestMs)}`,
      terminal,
    ),
    fact('last block', `${last} at ${where}`, terminal),
    fact('last minute', buckets.join(', '), terminal),
  ];
}
