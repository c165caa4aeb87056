/** What is read of a running service once a second: by the system, and by an agent within it. */
import { readFile, readdir } from 'node:fs/promises';
import type { Point, Tolerance } from './slope.js';

/** What the agent `probe` answers. */
export interface Held {
  /** Of `process.getActiveResourcesInfo()`, by kind. */
  readonly handles: Readonly<Record<string, number>>;
  /** Of the process object. */
  readonly listeners: number;
  readonly heapUsedBytes: number;
  readonly externalBytes: number;
}

export interface GaugeKind {
  readonly unit: string;
  readonly about: string;
  readonly tolerance: Tolerance;
  /** How near it has to be at rest to where it was before the load; undefined: anywhere. */
  readonly restWithin: number | undefined;
}

/** As many as its clients have it open: of the same load now more and now less. */
const counted = (about: string, absolute: number, restWithin: number): GaugeKind => ({
  unit: '',
  about,
  tolerance: { absolute, ratio: 0.15 },
  restWithin,
});
const MB = 1_048_576;
const inMb = (about: string, absolute: number): GaugeKind => ({
  unit: 'MB',
  about,
  tolerance: { absolute, ratio: 0.1 },
  restWithin: undefined,
});

export const GAUGES = {
  rssMb: inMb('memory of the worker', 16),
  heapMb: inMb('its heap after a full collection', 4),
  externalMb: inMb('its external memory after a full collection', 4),
  parentRssMb: inMb('memory of the parent', 8),
  descriptors: counted('open descriptors of the worker', 6, 4),
  parentDescriptors: counted('open descriptors of the parent', 2, 2),
  threads: counted('threads of the worker', 2, 1),
  children: counted('children of the worker', 2, 0),
  ports: counted('message ports of its main thread', 4, 1),
  timers: counted('timers of its main thread', 8, 4),
  handles: counted('other handles of its main thread', 6, 2),
  listeners: counted('listeners of its process object', 1, 0),
} as const satisfies Readonly<Record<string, GaugeKind>>;

export type GaugeName = keyof typeof GAUGES;
export const GAUGE_NAMES = Object.keys(GAUGES) as readonly GaugeName[];

export type Sample = Readonly<Partial<Record<GaugeName, number>>>;
export type Series = Readonly<Record<GaugeName, readonly Point[]>>;

export async function processSample(worker: number, parent: number): Promise<Sample> {
  const [ofWorker, ofParent, descriptors, parentDescriptors, children] = await Promise.all([
    statusOf(worker),
    statusOf(parent),
    descriptorsOf(worker),
    descriptorsOf(parent),
    readFile(`/proc/${worker}/task/${worker}/children`, 'utf8'),
  ]);
  return {
    rssMb: ofWorker.rssMb,
    parentRssMb: ofParent.rssMb,
    threads: ofWorker.threads,
    descriptors,
    parentDescriptors,
    children: children.split(' ').filter((pid) => pid.trim() !== '').length,
  };
}

/** @param isCollected whether it was asked for after a full collection */
export function heldSample({ handles, ...held }: Held, isCollected: boolean): Sample {
  const { MessagePort: ports = 0, Timeout: timers = 0, Immediate: _, ...others } = handles;
  return {
    ports,
    timers,
    handles: Object.values(others).reduce((sum, count) => sum + count, 0),
    listeners: held.listeners,
    ...(isCollected
      ? { heapMb: held.heapUsedBytes / MB, externalMb: held.externalBytes / MB }
      : {}),
  };
}

export function emptySeries(): Record<GaugeName, Point[]> {
  return Object.fromEntries(GAUGE_NAMES.map((name): [GaugeName, Point[]] => [name, []])) as Record<
    GaugeName,
    Point[]
  >;
}

/** Of processes that belong to one of these sessions of the system, whoever their parent is now. */
export async function processesOf(sessions: ReadonlySet<number>): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // Behind the command's name, which may hold anything: state, parent, group, session.
      const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state !== 'Z' && sessions.has(Number(session)) ? [pid] : [];
    }),
  );
  return found.flat();
}

async function descriptorsOf(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

async function statusOf(
  pid: number,
): Promise<{ readonly rssMb: number; readonly threads: number }> {
  const text = await readFile(`/proc/${pid}/status`, 'utf8');
  const valueOf = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  return { rssMb: valueOf('VmRSS') / 1_024, threads: valueOf('Threads') };
}
