/** Pure: what a soak has shown, as figures with a verdict, as a table and as words. */
import { sumOf } from './books.js';
import { GAUGES, GAUGE_NAMES, type GaugeKind, type GaugeName } from './gauges.js';
import type { SoakPlan, SoakRun } from './run.js';
import { slopeOf } from './slope.js';

export interface Figure {
  readonly gauge: GaugeName;
  readonly unit: string;
  readonly before: number | null;
  readonly median: number;
  readonly growth: number;
  readonly after: number | null;
  readonly isFlat: boolean;
  /** Undefined for what need not come back. */
  readonly hasReturned: boolean | undefined;
}

export interface SoakReport {
  readonly minutes: number;
  readonly seed: number;
  readonly figures: readonly Figure[];
  readonly opened: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  readonly messages: number;
  readonly jobs: {
    readonly submitted: number;
    readonly done: number;
    readonly dead: number;
    readonly refused: Readonly<Record<string, number>>;
  };
  readonly faults: Readonly<Record<string, number>>;
  /** Everything that is not as it should be; empty: passed. */
  readonly problems: readonly string[];
}

export function toReport(plan: SoakPlan, run: SoakRun): SoakReport {
  const { books, verdict, jobs } = run;
  const figures = GAUGE_NAMES.flatMap((gauge) => figureOf(gauge, run) ?? []);
  return {
    minutes: plan.minutes,
    seed: plan.seed,
    figures,
    opened: verdict.opened,
    ends: verdict.ends,
    refusals: Object.fromEntries(books.refused),
    messages: books.messages,
    jobs: {
      submitted: jobs.submitted,
      done: jobs.done,
      dead: jobs.dead,
      refused: Object.fromEntries(jobs.refused),
    },
    faults: Object.fromEntries(books.faults),
    problems: [
      ...GAUGE_NAMES.filter((name) => figures.every(({ gauge }) => gauge !== name)).map(
        (name) => `${name}: too few samples for a verdict`,
      ),
      ...figures.filter(({ isFlat }) => !isFlat).map(grows),
      ...figures.filter(({ hasReturned }) => hasReturned === false).map(stays),
      ...verdict.problems,
      ...books.unexplained.map(
        ({ session, tenant, reason, code, atS }) =>
          `session ${session} of ${tenant} ended with ${reason} (${code}) after ${atS} s: unexplained`,
      ),
      ...(run.workers > 1 ? [`the worker was started ${run.workers} times`] : []),
      ...(run.exitCode === 0 ? [] : [`the service ended with ${run.exitCode}`]),
      ...(run.orphans.length === 0 ? [] : [`left behind: ${run.orphans.join(', ')}`]),
    ],
  };
}

function figureOf(gauge: GaugeName, { series, before, after }: SoakRun): Figure | undefined {
  const kind: GaugeKind = GAUGES[gauge];
  const slope = slopeOf(series[gauge], kind.tolerance);
  if (slope === undefined) return undefined;
  const [first = null, last = null] = [before[gauge], after[gauge]];
  const { restWithin } = kind;
  return {
    gauge,
    unit: kind.unit,
    before: first,
    after: last,
    ...slope,
    hasReturned:
      restWithin === undefined || first === null || last === null
        ? undefined
        : last <= first + restWithin,
  };
}

const grows = ({ gauge, growth, unit, median }: Figure): string =>
  `${gauge} grows: by ${shown(growth)} ${unit} around ${shown(median)}`.replace('  ', ' ');

const stays = ({ gauge, before, after }: Figure): string =>
  `${gauge} do not come back: ${shown(before)} before the load, ${shown(after)} after it`;

export function shown(value: number | null): string {
  if (value === null) return '-';
  return String(Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10);
}

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count}`)
    .join(' · ') || 'none';

export const HEAD = ['figure', 'at rest', 'median', 'growth', 'at rest again', ''];

export const rowsOf = ({ figures }: SoakReport): string[][] =>
  figures.map(({ gauge, unit, before, median, growth, after, isFlat, hasReturned }) => [
    unit === '' ? gauge : `${gauge.replace(/Mb$/, '')}, ${unit}`,
    shown(before),
    shown(median),
    `${growth >= 0 ? '+' : ''}${shown(growth)}`,
    shown(after),
    isFlat && hasReturned !== false ? 'flat' : 'GROWS',
  ]);

export function wordsOf(report: SoakReport): string[] {
  const { opened, ends, refusals, jobs, faults, messages, problems } = report;
  const ended = sumOf(Object.values(ends));
  return [
    `sessions: ${opened} opened, ${ended} ended (${counts(ends)}); ${messages} messages answered`,
    `refused: ${counts(refusals)}`,
    `jobs: ${jobs.submitted} submitted, ${jobs.done} done, ${jobs.dead} dead letters; refused: ${counts(jobs.refused)}`,
    `faults: ${counts(faults)}`,
    ...problems.map((problem) => `PROBLEM ${problem}`),
    problems.length === 0 ? 'passed' : `failed: ${problems.length} problems`,
  ];
}
