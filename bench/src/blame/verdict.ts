/** Pure, but for reading where blocks are in their source: what was said held against what was done. */
import { basename, resolve } from 'node:path';
import type { Truth } from '../agents/blocker.js';
import { JS_KINDS, KINDS, rangesIn, type Kind, type LineRange } from './blocks.js';

export interface SessionTruth extends Truth {
  readonly session: string;
}

/** What the runtime says of a block, in an event or in a line of its log. */
export interface Row {
  readonly block: string;
  readonly cause: string;
  readonly session: string | null;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly isOngoing: boolean;
  readonly place: { readonly file: string; readonly line: number } | null;
}

/** A line of the log and when it was read, ms since 1970. */
export interface Line extends Row {
  readonly readAtMs: number;
}

/** What the watched process has to say in the end. */
export interface BlameAnswer {
  readonly truths: readonly SessionTruth[];
  readonly rows: readonly Row[];
  /** What makes wall-clock times of the truths' times. */
  readonly epochOffsetMs: number;
}

export interface Evidence extends BlameAnswer {
  readonly lines: readonly Line[];
}

export interface Judged {
  readonly kind: Kind;
  readonly where: string;
  readonly isSeen: boolean;
  readonly isRightSession: boolean;
  readonly isRightLine: boolean;
  /** From the threshold to the first line of it that could be read; undefined where there is none. */
  readonly delayMs: number | undefined;
  /** For whoever looks for the reason of a miss. */
  readonly detail: string;
}

export interface Verdict {
  readonly judged: readonly Judged[];
  /** Kept from running for so long that they did not hold the loop for as long as a block has to. */
  readonly leftOut: number;
  readonly falseBlames: readonly string[];
}

const THRESHOLD_MS = 50;
/** A block of less may be one or not: what the kernel says of waiting lags by a tick. */
const SHORTEST_HELD_MS = 58;
/** Clocks of two processes, and a turn that begins before its block does. */
const TOLERANCE_MS = 25;

export function judge({ truths, rows, lines, epochOffsetMs }: Evidence): Verdict {
  const spans = truths.map((truth) => ({
    ...truth,
    startMs: truth.startMs + epochOffsetMs,
    endMs: truth.endMs + epochOffsetMs,
  }));
  const counted = spans.filter(
    ({ startMs, endMs, waitedMs }) => endMs - startMs - waitedMs >= SHORTEST_HELD_MS,
  );
  const finals = rows.filter(({ isOngoing }) => !isOngoing);
  const judged = counted.map((span): Judged => {
    const row = mostlyWithin(finals, span);
    const first = row && lines.find(({ block }) => block === row.block);
    const { kind, where, startMs, endMs, waitedMs } = span;
    return {
      kind,
      where,
      isSeen: row !== undefined,
      isRightSession: row?.session === span.session,
      isRightLine: row !== undefined && isWithin(row, kind),
      delayMs: first && Math.max(0, first.readAtMs - startMs - THRESHOLD_MS),
      detail:
        `${kind} in a ${where}, ${Math.round(endMs - startMs)} ms (waited ${Math.round(waitedMs)}): ` +
        (row === undefined ? 'not seen' : JSON.stringify({ ...row, stack: undefined })),
    };
  });
  return {
    judged,
    leftOut: spans.length - counted.length,
    falseBlames: rows.filter((row) => isFalse(row, spans)).map((row) => JSON.stringify(row)),
  };
}

interface Span {
  readonly session: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** The one that covers most of the span, and at least half of it. */
function mostlyWithin(rows: readonly Row[], span: Span): Row | undefined {
  let most: Row | undefined;
  let mostMs = (span.endMs - span.startMs) / 2;
  for (const row of rows) {
    const endMs = row.startedAtMs + row.durationMs;
    const sharedMs = Math.min(endMs, span.endMs) - Math.max(row.startedAtMs, span.startMs);
    if (sharedMs < mostMs) continue;
    most = row;
    mostMs = sharedMs;
  }
  return most;
}

function isFalse({ session, startedAtMs, durationMs }: Row, spans: readonly Span[]): boolean {
  if (session === null) return false;
  return !spans.some(
    (span) =>
      span.session === session &&
      span.startMs - TOLERANCE_MS < startedAtMs + durationMs &&
      startedAtMs < span.endMs + TOLERANCE_MS,
  );
}

const ranges = new Map<string, ReadonlyMap<Kind, LineRange>>();

function isWithin({ place }: Row, kind: Kind): boolean {
  if (place === null || !/^blocks\.[jt]s$/.test(basename(place.file))) return false;
  if (!ranges.has(place.file)) ranges.set(place.file, rangesIn(resolve(place.file)));
  const { first, last } = ranges.get(place.file)!.get(kind)!;
  return place.line > first && place.line < last;
}

/** Rows of kind, blocks, seen, right session, right line and median delay, as text. */
export function toRows(judged: readonly Judged[]): string[][] {
  return KINDS.map((kind) => {
    const own = judged.filter((each) => each.kind === kind);
    const share = (is: (each: Judged) => boolean): string => shareOf(own, is).toFixed(3);
    return [
      kind,
      JS_KINDS.some((js) => js === kind) ? 'js' : 'native',
      `${own.length}`,
      share(({ isSeen }) => isSeen),
      share(({ isRightSession }) => isRightSession),
      share(({ isRightLine }) => isRightLine),
      `${Math.round(medianDelayMs(own))} ms`,
    ];
  });
}

export function shareOf(judged: readonly Judged[], is: (each: Judged) => boolean): number {
  return judged.length === 0 ? 0 : judged.filter(is).length / judged.length;
}

export function medianDelayMs(judged: readonly Judged[]): number {
  const delaysMs = judged.map(({ delayMs }) => delayMs ?? Number.POSITIVE_INFINITY);
  return delaysMs.sort((a, b) => a - b)[delaysMs.length >> 1] ?? Number.POSITIVE_INFINITY;
}
