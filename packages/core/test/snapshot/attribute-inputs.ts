/** Pools as they can be: one process with threads in it and children beside it, and their sessions. */
import fc from 'fast-check';
import { NO_BLOCKS } from '../../src/snapshot/figures.js';
import type { MergeInput } from '../../src/snapshot/merge.js';
import type {
  IsolateRecord,
  PlaceFigures,
  SessionEntry,
  TenantEntry,
  Usage,
} from '../../src/snapshot/report.js';
import { inputWith, record } from './merge-inputs.js';

const TENANTS = ['acme', 'globex', 'valueOf', 'toString'] as const;

const usage: fc.Arbitrary<Usage> = fc.record({
  nowRatio: fc.double({ min: 0, max: 0.2, noNaN: true }),
  minuteRatio: fc.double({ min: 0, max: 0.2, noNaN: true }),
  totalMs: fc.nat(10_000),
  allocatedBytesPerS: fc.nat(10_000),
});

const place = fc.record({
  usages: fc.array(fc.record({ tenant: fc.constantFrom(...TENANTS), usage }), { maxLength: 4 }),
  hostMs: fc.nat(1_000),
  restMs: fc.nat(1_000),
  heapUsedBytes: fc.nat(1_000_000),
  externalBytes: fc.nat(1_000_000),
  beyondHeapBytes: fc.nat(5_000_000),
  sessions: fc.nat(5),
});
type Place = typeof place extends fc.Arbitrary<infer T> ? T : never;

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);

function turnsOf({ usages, hostMs }: Place): {
  tenants: Record<string, Usage>;
  ms: number;
  nowRatio: number;
  minuteRatio: number;
} {
  const tenants = Object.fromEntries(usages.map((each) => [each.tenant, each.usage]));
  const all = Object.values(tenants);
  return {
    tenants,
    ms: hostMs + sum(all.map(({ totalMs }) => totalMs)),
    nowRatio: sum(all.map(({ nowRatio }) => nowRatio)),
    minuteRatio: sum(all.map(({ minuteRatio }) => minuteRatio)),
  };
}

function recordOf(
  isolate: string,
  rung: IsolateRecord['rung'],
  pid: number,
  at: Place,
  figures: Partial<PlaceFigures> = {},
): IsolateRecord {
  const { tenants, ms, nowRatio, minuteRatio } = turnsOf(at);
  const { heapUsedBytes, externalBytes, hostMs, restMs } = at;
  const rssBytes = rung === 'thread' ? null : heapUsedBytes + externalBytes + at.beyondHeapBytes;
  return record({
    isolate,
    rung,
    pid,
    tenant: null,
    report: {
      ...record().report!,
      ghosts: 0,
      figures: {
        ...record().report!.figures,
        rssBytes,
        heapUsedBytes,
        externalBytes,
        cpuMs: ms + restMs,
        cpuNowRatio: nowRatio,
        cpuMinuteRatio: minuteRatio,
        ...figures,
      },
      usage: { tenants, hostMs },
    },
  });
}

function sessionsOf({ isolate, rung }: IsolateRecord, count: number): SessionEntry[] {
  return Array.from({ length: count }, (_, at) => ({
    session: `${isolate}-s${at}`,
    tenant: TENANTS[at % TENANTS.length]!,
    agent: 'support',
    rung,
    isolate,
    state: 'active' as const,
    durationMs: 1,
    idleMs: 1,
    messagesIn: 0,
    messagesOut: 0,
    queuedIn: 0,
    queuedOut: 0,
    blocked: NO_BLOCKS,
    memoryPeakBytes: null,
  }));
}

const tenantEntry = (tenant: string): TenantEntry => ({
  tenant,
  rung: 'coroutine',
  active: 0,
  maxSessions: null,
  started: 0,
  failures: 0,
  ends: {},
  refusals: {},
  messagesIn: 0,
  messagesOut: 0,
  strayErrors: 0,
  quarantinedForMs: null,
  breaker: null,
  blocked: NO_BLOCKS,
});

/** A process's own figures contain those of its threads, as the kernel counts them. */
export const wholePool: fc.Arbitrary<MergeInput> = fc
  .record({
    main: place,
    threads: fc.array(place, { maxLength: 3 }),
    children: fc.array(place, { maxLength: 3 }),
    retired: fc.record({
      isolates: fc.nat(9),
      restMs: fc.nat(1_000),
      tenantCpuMs: fc.dictionary(fc.constantFrom(...TENANTS), fc.nat(1_000)),
    }),
  })
  .map(({ main, threads, children, retired }) => {
    const threadRecords = threads.map((at, index) => recordOf(`t${index}`, 'thread', 1, at));
    const held = sum(threads.map((at) => at.heapUsedBytes + at.externalBytes));
    const inside = threads.map(turnsOf);
    const own = turnsOf(main);
    const mainRecord = recordOf('main', 'coroutine', 1, main, {
      rssBytes: main.heapUsedBytes + main.externalBytes + main.beyondHeapBytes + held,
      cpuMs: own.ms + main.restMs + sum(threadRecords.map(({ report }) => report!.figures.cpuMs!)),
      cpuNowRatio: own.nowRatio + sum(inside.map(({ nowRatio }) => nowRatio)),
      cpuMinuteRatio: own.minuteRatio + sum(inside.map(({ minuteRatio }) => minuteRatio)),
    });
    const childRecords = children.map((at, index) =>
      recordOf(`p${index}`, 'process', 2 + index, at),
    );
    const isolates = [mainRecord, ...threadRecords, ...childRecords];
    const counts = [main, ...threads, ...children].map(({ sessions }) => sessions);
    return inputWith({
      isolates,
      tenants: TENANTS.map(tenantEntry),
      sessions: isolates.flatMap((one, at) => sessionsOf(one, counts[at]!)),
      retired: {
        isolates: retired.isolates,
        cpuMs: sum(Object.values(retired.tenantCpuMs)) + retired.restMs,
        tenantCpuMs: retired.tenantCpuMs,
      },
    });
  });
