/**
 * Pure: one record of the audit trail as a sentence, whatever stands in it: a file of another version
 * or hand is read too. What it is read for is left to `explanation.ts`.
 */
import type { AuditRecord } from '../state/audit-entry.js';

type Detail = Readonly<Record<string, unknown>>;

/** Undefined for what says nothing about a tenant or session. */
export function sentenceOf(record: AuditRecord): string | undefined {
  const detail = fields(record.detail);
  const told = of(SENTENCES, record.kind)?.(detail, word(record.session));
  if (told === undefined) return undefined;
  const who = record.tenant === undefined ? 'it' : `tenant ${word(record.tenant)}`;
  const subject = HAS_SUBJECT.test(told) ? '' : `${who} `;
  return onOneLine(`${timeOf(record)} ${subject}${told}${byWhom(record)}.`);
}

/** Names and messages of tenants' code move no cursor and begin no line of their own. */
export function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ');
}

/** Beginnings of what is told of something else than the tenant itself. */
const HAS_SUBJECT = /^(?:its |the |session |\d)/;

const SENTENCES: Readonly<Record<string, (detail: Detail, session: string) => string | undefined>> =
  {
    'tenant.escalated': (detail) => `${moved(detail)}: ${evidence(detail)}`,
    'tenant.quarantined': (detail) => `${moved(detail)}: ${evidence(detail)}`,
    'tenant.relapsed': (detail) => `relapsed, ${moved(detail)}: ${evidence(detail)}`,
    'tenant.probation': (detail) =>
      `had served its time on ${word(detail['from'])}: a share of its new sessions goes to ${word(detail['to'])}${forTime(detail)}`,
    'tenant.stepped-down': (detail) =>
      `behaved, and went down from ${word(detail['from'])} to ${word(detail['to'])}`,
    'tenant.released': (detail) =>
      byHand(detail, `released from ${word(detail['from'])} to ${word(detail['to'])}`),
    'tenant.isolated': (detail) =>
      byHand(detail, `put from ${word(detail['from'])} to ${word(detail['to'])}`),
    'tenant.pinned': (detail) => byHand(detail, `pinned to ${word(detail['to'])}`),
    'tenant.unpinned': (detail) => `lost its pin to ${word(detail['from'])}`,
    'tenant.capped': (detail) =>
      `may run ${cap(detail['after'])} sessions at once, instead of ${cap(detail['before'])}`,
    'tenant.drained': (detail) =>
      `was drained: ${count(detail, 'finished')} sessions finished, ${count(detail, 'drained')} were ended`,
    'jobs.retried': (detail) => `had ${count(detail, 'count')} of its dead letters queued again`,
    'jobs.dropped': (detail) => `had ${count(detail, 'count')} of its dead letters dropped`,
    'breaker.opened': (detail) =>
      detail['enforced'] === false
        ? `its breaker would have opened after ${ratio(detail)}`
        : `its breaker opened after ${ratio(detail)}; new sessions were refused for ${duration(detail['cooldownMs'])}`,
    'breaker.half-open': () => 'its breaker let one session through as a probe',
    'breaker.closed': () => 'its breaker closed',
    'breaker.tripped': () => 'its breaker was tripped',
    'breaker.reset': () => 'its breaker was reset',
    'admission.refused': (detail) =>
      `${refusals(detail)} were refused in ${duration(detail['forMs'])}`,
    'isolate.ended': (detail) =>
      `its isolate ${word(detail['isolate'])} ended with "${word(detail['reason'])}" (${word(detail['detail'])}), ${count(detail, 'sessionsLost')} sessions with it`,
    'isolate.gave-up': (detail) =>
      `its isolate had failed ${count(detail, 'restarts')} times and was not started again for ${duration(detail['quarantinedForMs'])}`,
    'isolate.stuck': (detail) =>
      `its isolate ${word(detail['isolate'])} would not end (${word(detail['detail'])})`,
    'session.moved': (detail, session) =>
      `session ${session} went from ${spot(detail['from'])} to ${spot(detail['to'])} within ${duration(detail['gapMs'])}, its client noticed nothing`,
    'session.ended': (detail, session) =>
      `session ${session} was ended with "${word(detail['reason'])}" on rung ${word(detail['rung'])}${because(detail)}, after ${duration(detail['durationMs'])}`,
    'replay.executed': (detail, session) =>
      `session ${session} was replayed with its side effects, on rung ${word(detail['rung'])}`,
    'replay.dry-run': (detail, session) =>
      `session ${session} was replayed in a dry run, on rung ${word(detail['rung'])}`,
    'session.kicked': (_detail, session) => `session ${session} was ended`,
    'session.drained': (detail, session) =>
      typeof detail['offence'] === 'string'
        ? `session ${session} went on offending (${detail['offence']}) where its tenant is no longer placed, and was drained`
        : `session ${session} was drained: it ${number(detail['drained']) > 0 ? 'was ended at its deadline' : 'finished'}`,
    'systemic.raised': (detail) =>
      `was one of ${count(detail, 'failingCount')} tenants out of ${count(detail, 'tenantCount')} that failed together: a shared cause was suspected and nobody was moved for it`,
    'systemic.cleared': () => 'the suspicion of a shared cause ended',
  };

function moved(detail: Detail): string {
  const way = `from ${word(detail['from'])} to ${word(detail['to'])}`;
  if (detail['carriedOut'] !== false) return `was moved ${way}${forTime(detail)}`;
  return `would have been moved ${way}, but was not (${held(detail)})`;
}

function byHand(detail: Detail, done: string): string {
  return detail['carriedOut'] === false ? `was not ${done} (${held(detail)})` : `was ${done}`;
}

function held(detail: Detail): string {
  return of(HELD, word(detail['heldBy'])) ?? word(detail['heldBy']);
}

const HELD: Readonly<Record<string, string>> = {
  'not-enforced': 'escalation only observes',
  systemic: 'many tenants failed together, and what is surely its own doing is too little',
  'ejection-share': 'as many tenants as may be are confined already',
  'isolate-limit': 'no isolate was to be had',
  floor: 'its floor',
  ceiling: 'its ceiling',
  pinned: 'it is pinned',
  'no-isolates': 'the pool has no isolates',
  'not-portable': 'its agent has no module that an isolate could load',
};

/** Offences of one kind in one clause, the worst figure and the last place with it. */
function evidence(detail: Detail): string {
  const all = Array.isArray(detail['evidence']) ? detail['evidence'].map(fields) : [];
  const kinds = new Map<string, Detail[]>();
  for (const offence of all) {
    const kind = word(offence['kind']);
    kinds.set(kind, [...(kinds.get(kind) ?? []), offence]);
  }
  const clauses = [...kinds].map(([kind, offences]) => clause(kind, offences));
  const score = detail['score'];
  const points =
    typeof score === 'number'
      ? ` (${score.toFixed(1)} of ${word(detail['threshold'])} points)`
      : '';
  return `${clauses.length === 0 ? 'no evidence was kept' : clauses.join(', ')}${points}`;
}

function clause(kind: string, offences: readonly Detail[]): string {
  const last = offences.at(-1)!;
  const many = offences.length === 1 ? '1' : String(offences.length);
  const at = placeText(last['place']);
  const what = of(OFFENCES, kind)?.(offences) ?? `${many} × ${kind}`;
  return `${what}${at === undefined ? '' : `, the last at ${at}`}`;
}

const OFFENCES: Readonly<Record<string, (offences: readonly Detail[]) => string>> = {
  block: (offences) => {
    const totalMs = offences.reduce((sum, { durationMs }) => sum + number(durationMs), 0);
    return `${offences.length} blocks of ${duration(totalMs)} in all`;
  },
  'breaker-trip': (offences) => `its breaker opened ${offences.length} times`,
  crash: (offences) =>
    `${offences.length} crashes of its isolate (${word(offences.at(-1)!['reason'])})`,
  'out-of-memory': (offences) => `${offences.length} × out of memory`,
  'hard-kill': (offences) => `${offences.length} isolates that had to be killed`,
  'cpu-hog': (offences) =>
    `more CPU than its share for ${offences.reduce((sum, { seconds }) => sum + number(seconds), 0).toFixed(1)} s`,
  'allocation-hog': (offences) =>
    `${Math.round(offences.reduce((sum, { grownMb }) => sum + number(grownMb), 0))} MB of growth`,
};

function placeText(place: unknown): string | undefined {
  if (typeof place !== 'object' || place === null) return undefined;
  const { function: name, file, line } = fields(place);
  return `${word(name)} (${word(file)}:${word(line)})`;
}

/** A place that a session was moved from or to. */
function spot(value: unknown): string {
  const { rung, isolate } = fields(value);
  return `${word(rung)} (${word(isolate)})`;
}

function refusals(detail: Detail): string {
  const reasons = Object.entries(fields(detail['reasons']));
  const total = reasons.reduce((sum, [, times]) => sum + number(times), 0);
  const why = reasons.map(([reason, times]) => `${word(times)} × ${reason}`).join(', ');
  return `${total} sessions (${why})`;
}

function ratio(detail: Detail): string {
  if (detail['byHand'] === true) return 'it was tripped by hand';
  return `${count(detail, 'failures')} of ${count(detail, 'samples')} sessions failed`;
}

function because(detail: Detail): string {
  return typeof detail['detail'] === 'string' && detail['detail'] !== ''
    ? ` (${detail['detail']})`
    : '';
}

function forTime(detail: Detail): string {
  return typeof detail['forMs'] === 'number' ? ` for ${duration(detail['forMs'])}` : '';
}

function timeOf({ at }: AuditRecord): string {
  return word(at)
    .replace('T', ' ')
    .replace(/\.\d+Z$/, 'Z');
}

function byWhom(record: AuditRecord): string {
  const { kind, uid, via, id } = fields(record.actor);
  if (kind !== 'operator') return '';
  if (typeof id === 'string') return `, by hand (${word(id)}, ${word(via)})`;
  return typeof uid === 'number' ? `, by hand (uid ${uid}, ${word(via)})` : ', by hand';
}

/** The entry of a table by a name that may be foreign, such as `constructor`. */
function of<Entry>(table: Readonly<Record<string, Entry>>, name: string): Entry | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function fields(value: unknown): Detail {
  return typeof value === 'object' && value !== null ? (value as Detail) : {};
}

function count(detail: Detail, name: string): string {
  return String(number(detail[name]));
}

function cap(facts: unknown): string {
  const most = fields(facts)['maxSessions'];
  return typeof most === 'number' ? String(most) : 'any number of';
}

function number(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

function word(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '?';
}

function duration(ms: unknown): string {
  if (typeof ms !== 'number') return 'an unknown time';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
