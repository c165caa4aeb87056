/**
 * The lines above the table: which pool, what the machine is doing, how many sessions, two graphs of
 * the last minute. What must not be missed is left to `alert-lines.ts`.
 */
import type { Snapshot, SystemFigures } from '@tenantry/core/snapshot';
import type { Cell } from '../view/column.js';
import {
  NOTHING,
  formatBytes,
  formatCount,
  formatMs,
  shortBytes,
  shortPercent,
} from '../view/format.js';
import { fittingLine, lineOf } from '../view/line.js';
import { jobCells } from '../view/job-lines.js';
import { bar, graph, type GraphScale } from '../view/meter.js';
import type { Tone } from '../view/paint.js';
import type { Terminal } from '../view/terminal.js';
import type { TopState } from './screen-state.js';

const STATE_TONE = { created: 'plain', running: 'good', draining: 'warn', closed: 'bad' } as const;
const RUNG_ORDER = ['coroutine', 'thread', 'process'] as const;

/** Terminals of fewer lines keep the room for rows. */
const METER_ROWS = 14;
const GRAPH_ROWS = 20;
const TALL_ROWS = 36;

const GRAPH_SECONDS = 60;
const LABEL_WIDTH = 9;
const USUAL_COLUMNS = 80;
const WIDE_COLUMNS = 100;
/** What stands around the bars of a line of three meters, in columns. */
const AROUND_BARS = 49;

const plain = (text: string): Cell => ({ text, tone: 'plain' });

const betweenOf = ({ hasUnicode }: Terminal): string => (hasUnicode ? ' · ' : ' | ');

export function titleLine({ runtime }: Snapshot, terminal: Terminal): string {
  const pieces: Cell[] = [
    { text: runtime.name, tone: 'strong' },
    { text: runtime.state, tone: STATE_TONE[runtime.state] },
    plain(`host ${runtime.host}`),
    plain(`tenantry ${runtime.version}`),
    plain(`up ${formatMs(runtime.uptimeMs)}`),
    plain(`pid ${runtime.pid}`),
    plain(`node ${runtime.node}`),
  ];
  if (runtime.deploymentVersion !== null) {
    pieces.push(plain(`deployment ${runtime.deploymentVersion}`));
  }
  return fittingLine(pieces, betweenOf(terminal), terminal);
}

export function headerLines({ snapshot, terminal, rows }: TopState): string[] {
  const { system } = snapshot;
  const lines = [titleLine(snapshot, terminal)];
  if (rows >= METER_ROWS) lines.push(meterLine(system, terminal));
  if (rows >= GRAPH_ROWS) lines.push(systemLine(snapshot, terminal));
  lines.push(sessionLine(snapshot, terminal));
  if (rows >= GRAPH_ROWS) lines.push(...graphLines(snapshot, terminal, rows >= TALL_ROWS ? 2 : 1));
  return lines;
}

/** CPU, memory and swap, each with a bar. */
function meterLine(system: SystemFigures | null, terminal: Terminal): string {
  const room = (terminal.columns ?? USUAL_COLUMNS) - AROUND_BARS;
  const width = Math.max(4, Math.min(24, Math.floor(room / 3)));
  const meter = (label: string, ratio: number | null, text: string): Cell[] => [
    { text: `${label} `, tone: 'accent' },
    plain('['),
    { text: bar(ratio ?? 0, width, terminal), tone: loadTone(ratio ?? 0) },
    plain(`${text}]  `),
  ];
  const used = (part: number | null, whole: number | null): [number | null, string] =>
    part === null || whole === null
      ? [null, ` ${NOTHING}`]
      : [whole === 0 ? 0 : part / whole, ` ${shortBytes(part)}/${shortBytes(whole)}`];
  const cpuText = system === null ? NOTHING : `${shortPercent(system.cpuRatio)}%`;
  const cores = system?.coreCount ?? 0;
  return lineOf(
    [
      ...meter('CPU', cores === 0 ? null : system!.cpuRatio / cores, ` ${cpuText}`),
      ...meter('Mem', ...used(system?.memoryUsedBytes ?? null, system?.memoryTotalBytes ?? null)),
      ...meter('Swp', ...used(system?.swapUsedBytes ?? null, system?.swapTotalBytes ?? null)),
    ],
    terminal,
  );
}

function loadTone(ratio: number): Tone {
  if (ratio >= 0.9) return 'bad';
  return ratio >= 0.6 ? 'warn' : 'good';
}

function systemLine({ system, totals }: Snapshot, terminal: Terminal): string {
  const rate = (bytes: number | null | undefined): string =>
    bytes === null || bytes === undefined ? NOTHING : `${shortBytes(bytes)}/s`;
  const load = system === null ? NOTHING : system.load.map((part) => part.toFixed(2)).join(' ');
  const [down, up] = terminal.hasUnicode ? ['↓', '↑'] : ['in ', 'out '];
  return fittingLine(
    [
      plain(`vCPUs ${formatCount(system?.coreCount ?? null)}`),
      plain(`load ${load}`),
      plain(`net ${down}${rate(system?.receivedBytesPerS)} ${up}${rate(system?.sentBytesPerS)}`),
      plain(`RSS ${formatBytes(totals.rssBytes)}`),
      plain(`CPU used ${formatMs(totals.cpuMs)}`),
      plain(`msgs ${formatCount(totals.messagesIn)}/${formatCount(totals.messagesOut)}`),
    ],
    betweenOf(terminal),
    terminal,
  );
}

function sessionLine({ totals, isolates, sessions, jobs }: Snapshot, terminal: Terminal): string {
  const draining = sessions.filter(({ state }) => state === 'draining').length;
  const full = totals.activeSessions >= totals.maxConcurrentSessions;
  const byRung = RUNG_ORDER.map((rung) => {
    const count = isolates.filter((row) => row.rung === rung).length;
    return `${rung} ${formatCount(count)}`;
  });
  const refused = Object.values(totals.refusals).reduce((sum, count) => sum + count, 0);
  return fittingLine(
    [
      {
        text: `sessions ${formatCount(totals.activeSessions)}/${formatCount(totals.maxConcurrentSessions)}`,
        tone: full ? 'warn' : 'strong',
      },
      { text: `draining ${formatCount(draining)}`, tone: draining > 0 ? 'warn' : 'plain' },
      plain(`isolates ${byRung.join(' ')}`),
      {
        text: `failed ${formatCount(totals.totalSessionFailures)}`,
        tone: totals.totalSessionFailures > 0 ? 'warn' : 'plain',
      },
      plain(`refused ${formatCount(refused)}`),
      ...(totals.ghosts > 0
        ? [{ text: `ghosts ${formatCount(totals.ghosts)}`, tone: 'warn' } as const]
        : []),
      ...(jobs === undefined || jobs.submittedTotal + jobs.running + jobs.deadLetters === 0
        ? []
        : jobCells(jobs)),
    ],
    betweenOf(terminal),
    terminal,
  );
}

function graphLines({ system, observer }: Snapshot, terminal: Terminal, height: number): string[] {
  const room = (terminal.columns ?? USUAL_COLUMNS) - LABEL_WIDTH - 1;
  const width = Math.max(1, Math.min(GRAPH_SECONDS, room));
  const limit = observer.slowSessionThresholdMs;
  const cpu: GraphScale = { full: 1, height, width, toneOf: loadTone };
  const lag: GraphScale = {
    full: Math.max(1, limit),
    height,
    width,
    toneOf: (ms) => (ms >= limit ? 'bad' : 'good'),
  };
  const cpuValues = system?.cpuHistory ?? [];
  const lagValues = system?.loopLagHistoryMs ?? [];
  return [
    ...drawn('CPU 60 s', cpuValues, cpu, (ratio) => `${shortPercent(ratio)}%`, terminal),
    ...drawn('lag 60 s', lagValues, lag, (ms) => formatMs(ms).replace(' ', ''), terminal),
  ];
}

/** The graph with its name before it, and after it the highest value. */
function drawn(
  label: string,
  values: readonly number[],
  scale: GraphScale,
  textOf: (value: number) => string,
  terminal: Terminal,
): string[] {
  const most = values.length === 0 ? NOTHING : textOf(Math.max(...values));
  const latest = values.length === 0 ? NOTHING : textOf(values.at(-1)!);
  const isWide = (terminal.columns ?? USUAL_COLUMNS) >= WIDE_COLUMNS;
  const said = isWide ? ` max ${most}, now ${latest}` : ` max ${most}`;
  const lines = graph(values, scale, terminal);
  return lines.map((pieces, at) => {
    const isLast = at === lines.length - 1;
    return lineOf(
      [
        { text: (isLast ? label : '').padEnd(LABEL_WIDTH), tone: 'accent' },
        ...pieces,
        plain(at === 0 ? said : ''),
      ],
      terminal,
    );
  });
}
