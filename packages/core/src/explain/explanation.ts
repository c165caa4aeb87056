/**
 * Pure: why a tenant or a session was refused, slow, moved or ended, in sentences. Made of the audit
 * trail, and of the snapshot where a pool runs; read from a file, the trail alone has to do.
 */
import type { Explanation } from '../inspector/control.js';
import type { SessionRow, Snapshot, TenantRow } from '../snapshot/snapshot.js';
import type { AuditRecord } from '../state/audit-entry.js';
import { onOneLine, sentenceOf } from './audit-sentence.js';

/** A trail goes back for months; what is asked is why it is so now. */
const MOST_RECORDS = 50;

export function explainTenant(
  tenant: string,
  records: readonly AuditRecord[],
  snapshot: Snapshot | undefined,
): Explanation {
  const own = records.filter((record) => isOf(record, tenant)).slice(-MOST_RECORDS);
  const row = snapshot?.tenants.find((each) => each.tenant === tenant);
  const told = own.map(sentenceOf).filter((sentence) => sentence !== undefined);
  const now = row === undefined || snapshot === undefined ? [] : tenantNow(row, snapshot);
  const nothing = now.length === 0 && told.length === 0;
  return {
    about: 'tenant',
    name: tenant,
    sentences: nothing
      ? [`Nothing is recorded of tenant ${tenant}.`]
      : [...told, ...now.map(onOneLine)],
    records: own,
  };
}

/** Undefined where neither the trail nor the snapshot has heard of such a session. */
export function explainSession(
  session: string,
  records: readonly AuditRecord[],
  snapshot: Snapshot | undefined,
): Explanation | undefined {
  const row = snapshot?.sessions.find((each) => each.session === session);
  const end = snapshot?.recentEnds.find((each) => each.session === session);
  const own = records.filter((record) => record.session === session);
  const tenant = row?.tenant ?? end?.tenant ?? own.at(-1)?.tenant;
  if (row === undefined && end === undefined && own.length === 0) return undefined;
  const about = records.filter(
    (record) => record.session === session || (isDecision(record) && isOf(record, tenant)),
  );
  const kept = about.slice(-MOST_RECORDS);
  const told = kept.map(sentenceOf).filter((sentence) => sentence !== undefined);
  const now: string[] = [];
  if (row !== undefined) now.push(...sessionNow(row));
  else if (end !== undefined && !own.some(({ kind }) => kind === 'session.ended')) {
    const code = end.code === null ? '' : ` (${end.code})`;
    now.push(
      `It ended ${seconds(end.agoMs)} ago with "${end.reason}"${code} on rung ${end.rung}, ` +
        `after ${seconds(end.durationMs)}${used(end.cpuMs, end.blockedMs)}.`,
    );
  }
  return {
    about: 'session',
    name: session,
    sentences: [
      `Session ${session} is one of tenant ${tenant ?? '?'}.`,
      ...told,
      ...now.map(onOneLine),
    ],
    records: kept,
  };
}

function isOf(record: AuditRecord, tenant: string | undefined): boolean {
  if (tenant === undefined) return false;
  if (record.tenant === tenant) return true;
  const tenants = (record.detail as { tenants?: unknown } | null | undefined)?.tenants;
  return Array.isArray(tenants) && tenants.includes(tenant);
}

const DECISIONS = /^(?:tenant|breaker|systemic)\./;

/** What is decided of a tenant is decided of its sessions. */
function isDecision({ kind, session }: AuditRecord): boolean {
  return session === undefined && DECISIONS.test(kind);
}

function tenantNow(row: TenantRow, { recentEnds }: Snapshot): string[] {
  const sentences = [placeNow(row)];
  const refused = Object.entries(row.refusals).sort(([, a], [, b]) => b - a);
  if (refused.length > 0) {
    const reasons = refused.map(([reason, count]) => `${count} × ${reason}`).join(', ');
    const total = refused.reduce((sum, [, count]) => sum + count, 0);
    sentences.push(`Since the pool started, ${total} of its sessions were refused: ${reasons}.`);
  }
  const { blocked, breaker } = row;
  if (blocked.count > 0) {
    const { lastPlace: at } = blocked;
    const where = at === null ? '' : `, the last one at ${at.function} (${at.file}:${at.line})`;
    sentences.push(
      `Its sessions held a loop ${blocked.count} times, ${seconds(blocked.totalMs)} in all, ` +
        `${Math.round(blocked.longestMs)} ms at the longest${where}.`,
    );
  }
  if (breaker !== undefined && breaker !== null && breaker.state !== 'closed') {
    const next =
      breaker.nextProbeInMs === null
        ? ''
        : `, a probe may start in ${seconds(breaker.nextProbeInMs)}`;
    sentences.push(
      breaker.enforced
        ? `Its breaker is ${breaker.state}${next}.`
        : `Its breaker would be ${breaker.state}, but is not enforced.`,
    );
  }
  const failed = recentEnds.find(
    ({ tenant, status }) => tenant === row.tenant && status === 'failed',
  );
  if (row.failures > 0) {
    const last =
      failed === undefined
        ? ''
        : `; the last one, ${failed.session}, ended with "${failed.reason}"` +
          `${failed.code === null ? '' : ` (${failed.code})`} ${seconds(failed.agoMs)} ago`;
    sentences.push(`${row.failures} of its ${row.started} sessions failed${last}.`);
  }
  return sentences;
}

function placeNow({ tenant, rung, ladder, active, maxSessions }: TenantRow): string {
  const cap = maxSessions === null ? '' : ` of ${maxSessions} allowed`;
  const runs = `Tenant ${tenant} runs ${active}${cap} sessions; new ones are placed on ${rung}`;
  if (ladder === undefined || ladder === null) return `${runs}.`;
  const left = ladder.leftMs === null ? '' : `, for ${seconds(ladder.leftMs)} more`;
  const why = {
    free: '',
    confined: `, where it is confined${left}`,
    probation: `, on probation${left}`,
    pinned: ', where it is pinned',
  }[ladder.state];
  const score = `Its score is ${ladder.score.toFixed(1)} of ${ladder.threshold} points`;
  const relapses = ladder.relapses === 0 ? '' : `, after ${ladder.relapses} relapses`;
  return `${runs}${why}. ${score}${relapses}.`;
}

function sessionNow(row: SessionRow): string[] {
  const { rung, isolate, state, durationMs, blocked, cpu, queuedIn, queuedOut } = row;
  const sentences = [
    `It is ${state} on rung ${rung} (${isolate}) since ${seconds(durationMs)}` +
      `${used(cpu?.totalMs ?? null, blocked.totalMs)}.`,
  ];
  if (blocked.count > 0) {
    const { lastPlace: at, lastAgoMs } = blocked;
    const where = at === null ? '' : ` at ${at.function} (${at.file}:${at.line})`;
    const when = lastAgoMs === null ? '' : `, the last time ${seconds(lastAgoMs)} ago`;
    sentences.push(`It held its loop ${blocked.count} times${when}${where}.`);
  }
  if (queuedIn + queuedOut > 0) {
    sentences.push(`${queuedIn} messages wait for its agent, ${queuedOut} for its client.`);
  }
  return sentences;
}

function used(cpuMs: number | null, blockedMs: number | null): string {
  const parts = [];
  if (cpuMs !== null) parts.push(`${seconds(cpuMs)} of CPU`);
  if (blockedMs !== null && blockedMs > 0) parts.push(`${seconds(blockedMs)} of blocks`);
  return parts.length === 0 ? '' : `, with ${parts.join(' and ')}`;
}

function seconds(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}
