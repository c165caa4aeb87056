/** What a person sees: the progress on stderr, and at the end the pool's table and the findings. */
import type { WriteStream } from 'node:tty';
import type { Load } from './load.js';
import { shown, type Result } from './result.js';

const TTY_INTERVAL_MS = 200;
const LINE_INTERVAL_MS = 3_000;
const CLEAR_LINE = '\r\u001b[2K';
const MOST_FAILURES = 10;

/** Shows a load's progress until the returned function is called. */
export function showProgress(load: Load, stream: WriteStream): () => void {
  const isTty = stream.isTTY;
  const show = (): void => {
    const line = progressLine(load);
    stream.write(isTty ? `${CLEAR_LINE}${line.slice(0, (stream.columns || 80) - 1)}` : `${line}\n`);
  };
  const timer = setInterval(show, isTty ? TTY_INTERVAL_MS : LINE_INTERVAL_MS);
  return () => {
    clearInterval(timer);
    if (isTty) stream.write(CLEAR_LINE);
  };
}

function progressLine(load: Load): string {
  const tallies = [...load.tallies.values()];
  const sum = (of: (tally: (typeof tallies)[number]) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  const p50s = tallies.map(({ latencyMs }) => milliseconds(latencyMs.p50));
  return (
    `${load.elapsedSeconds.toFixed(1)} of ${load.seconds} s: ` +
    `${sum((tally) => tally.activeCalls)} calls on, ${sum((tally) => tally.frames)} frames, ` +
    `${sum((tally) => tally.segments)} segments, p50 ${p50s.join(' / ')} ms`
  );
}

/** The whole result as text. */
export function toText(result: Result): string {
  const { snapshot, tenants, clips } = result;
  const ends = (counts: Readonly<Partial<Record<string, number>>>): string =>
    Object.entries(counts)
      .map(([reason, count]) => `${count} ${reason}`)
      .join(', ') || '-';
  const poolTenants = table(
    ['tenant', 'rung', 'active', 'started', 'ends', 'messages in', 'messages out'],
    snapshot.tenants
      .filter(({ started }) => started > 0)
      .map((row) => [
        row.tenant,
        row.rung,
        row.active,
        row.started,
        ends(row.ends),
        row.messagesIn,
        row.messagesOut,
      ]),
  );
  const poolIsolates = table(
    [
      'isolate',
      'tenant',
      'rung',
      'state',
      'figures',
      'pid',
      'thread',
      'RSS MB',
      'heap MB',
      'CPU ms',
    ],
    snapshot.isolates.map((row) => [
      row.isolate,
      row.tenant ?? '-',
      row.rung,
      row.state,
      row.freshness,
      row.pid ?? '-',
      row.threadId ?? '-',
      megabytes(row.rssBytes),
      megabytes(row.heapUsedBytes),
      row.cpuMs === null ? '-' : Math.round(row.cpuMs),
    ]),
  );
  const calls = table(
    ['tenant', 'rung', 'calls', 'frames', 'late', 'segments', 'p50 ms', 'p99 ms', 'max ms'],
    tenants.map((row) => [
      row.tenant,
      row.rung,
      row.calls,
      row.frames,
      row.lateFrames,
      row.segments,
      milliseconds(row.latencyMs.p50),
      milliseconds(row.latencyMs.p99),
      milliseconds(row.latencyMs.max),
    ]),
  );
  const speech = table(
    ['clip', 'seconds', 'on every rung', 'speech'],
    clips.map((row) => [
      row.file,
      row.seconds.toFixed(2),
      row.sameOnEveryRung === null ? 'not compared' : row.sameOnEveryRung ? 'the same' : 'DIFFERS',
      shown(row.segments),
    ]),
  );
  const { rssBytes, cpuMs } = snapshot.totals;
  return [
    `Pool: ${megabytes(rssBytes)} MB RSS, ${Math.round(cpuMs)} ms CPU, ` +
      `${snapshot.coverage.fresh} of ${snapshot.coverage.isolates} isolates with fresh figures`,
    poolTenants,
    poolIsolates,
    'Calls: latency is from a frame sent to its answer received',
    calls,
    'Speech: milliseconds from the start of the clip',
    speech,
  ].join('\n\n');
}

/** The failures, one a line, and how many more there are. */
export function toFailureText(failures: readonly string[]): string {
  const lines = failures.slice(0, MOST_FAILURES).map((failure) => `FAILED: ${failure}`);
  const more = failures.length - lines.length;
  if (more > 0) lines.push(`FAILED: ${more} more`);
  return lines.join('\n');
}

type Cell = string | number;

/** Numbers to the right, text to the left, two spaces between columns. */
function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const isNumber = (cell: Cell | undefined): boolean => /^[\d.]+$|^-$/.test(String(cell));
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => String(row[column]).length)),
  );
  const toRight = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => isNumber(row[column])),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => {
          const text = String(cell);
          return toRight[column] ? text.padStart(widths[column]!) : text.padEnd(widths[column]!);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function milliseconds(value: number | null): string {
  return value === null ? '-' : value.toFixed(2);
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '-' : (bytes / 1_048_576).toFixed(0);
}
