/**
 * Makes the parts of a bundle out of what was gathered: who is concerned, in which file, masked. What
 * is missing is said with its reason. How they are packed is left to `pack-bundle.ts`.
 */
import os from 'node:os';
import process from 'node:process';
import { maskLine } from '../secrets/mask-line.js';
import { maskText } from '../secrets/mask-text.js';
import { maskedLeaves } from '../secrets/mask-leaves.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import type { BundleJob } from './bundle-job.js';
import type { BundlePart, LeftOut } from './bundle-parts.js';
import type { BundleFacts } from './pack-bundle.js';

export interface AssembledBundle {
  readonly facts: BundleFacts;
  readonly parts: ReadonlyMap<BundlePart, string>;
  readonly leftOut: readonly LeftOut[];
}

/** Variables that say how the process runs; none else is read. */
const ENVIRONMENT = [
  'NODE_ENV',
  'NODE_OPTIONS',
  'NODE_VERSION',
  'NODE_EXTRA_CA_CERTS',
  'NODE_V8_COVERAGE',
  'TENANTRY_LOG_LEVEL',
  'TENANTRY_SOCKET',
  'TZ',
  'LANG',
  'LC_ALL',
  'UV_THREADPOOL_SIZE',
  'MALLOC_ARENA_MAX',
  'LD_PRELOAD',
  'KUBERNETES_SERVICE_PORT',
  'CONTAINER',
] as const;

const NOT_ANSWERED = 'the main loop did not answer in time';

export function assembleBundle(
  job: BundleJob,
  auditLines: readonly string[] | null,
  nowMs: number,
): AssembledBundle {
  const { home, trigger, snapshot, main } = job;
  const parts = new Map<BundlePart, string>();
  const leftOut: LeftOut[] = [...job.leftOut];
  const put = (name: BundlePart, value: unknown): void => {
    parts.set(name, `${maskedLeaves(value)}\n`);
  };
  put('snapshot.json', snapshot);
  put('settings.json', { settings: main?.settings ?? null, options: home.settings });
  put('blocks.json', { blocks: blocksOf(snapshot, trigger.tenant) });
  put('ledger.json', ledgerOf(job));
  if (main === null) {
    leftOut.push({ name: 'ledger.json', why: `${NOT_ANSWERED}: as the snapshot has it` });
    leftOut.push({ name: 'heap.json', why: `${NOT_ANSWERED}: isolates as the snapshot has them` });
  }
  put('heap.json', { main: main?.heap ?? null, isolates: memoryOf(snapshot) });
  put('environment.json', environmentOf(home.execArgv));
  const events = job.events.map(maskLine);
  parts.set('recorder.jsonl', linesOf(events.filter((line) => !isLog(line))));
  parts.set('logs.jsonl', linesOf(events.filter(isLog)));
  if (auditLines === null) leftOut.push({ name: 'audit.jsonl', why: 'it cannot be read' });
  else parts.set('audit.jsonl', linesOf(auditLines.map(maskLine)));
  const recording = main?.recording ?? null;
  if (recording !== null) parts.set('session.json', recording);
  else leftOut.push({ name: 'session.json', why: whyNoRecording(job) });
  if (job.profile !== null) {
    put('profile.cpuprofile', job.profile);
  }
  return { facts: factsOf(job, nowMs), parts, leftOut };
}

function factsOf(job: BundleJob, nowMs: number): BundleFacts {
  const { home, trigger, main, snapshot } = job;
  return {
    pool: home.pool,
    trigger: { ...trigger, detail: maskText(trigger.detail).slice(0, 4_000) },
    versions: { node: process.version, tenantry: home.tenantry, deployment: home.deployment },
    host: {
      name: snapshot.runtime.host,
      pid: process.pid,
      platform: process.platform,
      arch: process.arch,
      coreCount: os.availableParallelism(),
      memoryTotalBytes: os.totalmem(),
    },
    capture: {
      tookMs: Math.max(0, nowMs - trigger.atMs),
      mainLoopAnswered: main !== null,
      snapshotAgeMs: Math.max(0, job.snapshotAgeMs),
      suppressed: job.suppressed,
      forgottenEvents: job.forgottenEvents,
      lostEvents: job.lostEvents,
    },
  };
}

/** Of the tenant, and of nobody's code: a tenant's session may have been named too late. */
function blocksOf({ blocks }: Snapshot, tenant: string | null): Snapshot['blocks'] {
  if (tenant === null) return blocks;
  return blocks.filter((block) => block.tenant === tenant || block.tenant === null);
}

function ledgerOf({ main, trigger, snapshot }: BundleJob): unknown {
  const row = snapshot.tenants.find(({ tenant }) => tenant === trigger.tenant);
  const { ladder = null, breaker = null, refusals = {}, ends = {} } = row ?? {};
  return { tenant: trigger.tenant, ladder, breaker, refusals, ends, kept: main?.ledger ?? null };
}

function memoryOf({ isolates }: Snapshot): unknown {
  return isolates.map((row) => ({
    isolate: row.isolate,
    tenant: row.tenant,
    rung: row.rung,
    rssBytes: row.rssBytes,
    heapUsedBytes: row.heapUsedBytes,
    externalBytes: row.externalBytes,
    memoryLimitMb: row.memoryLimitMb,
    freshness: row.freshness,
  }));
}

function environmentOf(execArgv: readonly string[]): unknown {
  const { env } = process;
  return {
    variables: Object.fromEntries(
      ENVIRONMENT.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    ),
    execArgv,
    release: os.release(),
    uptimeMs: Math.round(process.uptime() * 1_000),
    load: os.loadavg(),
    memoryFreeBytes: os.freemem(),
    memoryLimitBytes: memoryLimitBytes(),
    v8: process.versions.v8,
  };
}

/** Of the control group; null without one, where the system says something absurd. */
function memoryLimitBytes(): number | null {
  const limit = process.constrainedMemory();
  return limit > 0 && limit <= os.totalmem() ? limit : null;
}

function whyNoRecording({ trigger, main }: BundleJob): string {
  if (main === null) return NOT_ANSWERED;
  return trigger.session === null
    ? 'no session is known to have caused it, or none of it was recorded (option record)'
    : 'nothing of the session was recorded (option record)';
}

const isLog = (line: string): boolean => line.endsWith('"kind":"log"}');
const linesOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
