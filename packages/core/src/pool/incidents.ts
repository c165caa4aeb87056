/**
 * What of a pool's life goes into its black box, and which of it is an incident that makes a bundle.
 * Answers what only the main loop knows, and tells of each bundle. When one is made and of what is
 * left to the observer; nothing of this is made without `stateDir` or introspection.
 */
import path from 'node:path';
import process from 'node:process';
import v8 from 'node:v8';
import type { BundleHome, MainFacts } from '../bundle/bundle-job.js';
import type { IncidentTrigger } from '../bundle/bundle-parts.js';
import {
  bundleFolder,
  keptBundles,
  removePartial,
  type KeptBundle,
} from '../bundle/keep-bundle.js';
import type { Escalation } from '../escalation/escalation.js';
import type { RuntimeEvent } from '../events/runtime-event.js';
import type { SettingRow } from '../inspector/setting.js';
import type { LogHeard } from '../log/recorded-log.js';
import type { ObservedIncidents } from '../observer/observed-pool.js';
import type { IncidentRules } from '../observer/incident-desk.js';
import type { ToldIncident } from '../observer/observer-protocol.js';
import type { Placed } from '../placement/executor.js';
import { BlackBox } from '../recorder/black-box.js';
import { maskedLeaves } from '../secrets/mask-leaves.js';
import { maskValue } from '../secrets/mask-value.js';
import type { Outcome } from '../session/outcome.js';
import { every, type Timer } from '../time/clock.js';
import { triggerOf } from './incident-trigger.js';
import type { Introspection } from './introspection.js';
import type { PoolParts } from './pool-parts.js';
import { printedOption, settingPaths } from './option-paths.js';
import { VERSION } from './version.js';

const BYTES_PER_MB = 1_048_576;
/** Refusals come by the thousand; how many there were, and why, is recorded once a second. */
const REFUSALS_INTERVAL_MS = 1_000;
/** Bundles that a snapshot lists. */
const MOST_LISTED = 20;
/** Tenants of whom it is remembered which session failed last. */
const MOST_FAILED = 1_000;

/** The parts of a running pool that incidents are about. */
interface RunningPool {
  readonly introspection: Introspection;
  readonly escalation: Escalation;
  /** Every setting as it was requested and is applied. */
  settings(): readonly SettingRow[];
}

export class Incidents implements ObservedIncidents {
  readonly ring: SharedArrayBuffer;
  readonly rules: IncidentRules;
  readonly #parts: PoolParts;
  readonly #box: BlackBox;
  readonly #refusals = new Map<string, { total: number; reasons: Record<string, number> }>();
  readonly #lastFailed = new Map<string, string>();
  #listed: readonly KeptBundle[];
  #running: RunningPool | undefined;
  #ticking: Timer | undefined;

  private constructor(parts: PoolParts, rules: IncidentRules, listed: readonly KeptBundle[]) {
    this.#parts = parts;
    this.#box = new BlackBox(parts.clock);
    this.ring = this.#box.ring.buffer;
    this.rules = rules;
    this.#listed = listed.slice(0, MOST_LISTED);
  }

  /** Undefined where the pool keeps none. */
  static async open(parts: PoolParts): Promise<Incidents | undefined> {
    const { stateDir, enableIntrospection, incidents } = parts.options;
    if (stateDir === undefined || !enableIntrospection || !incidents.enabled) return undefined;
    const home = homeOf(parts, stateDir);
    await removePartial(home.folder);
    const { incidentBlockMs, tenantIntervalMs, maxPerHour, profileMs } = incidents;
    const rules = { incidentBlockMs, tenantIntervalMs, maxPerHour, profileMs, home };
    return new Incidents(parts, rules, await keptBundles(home.folder));
  }

  begin(
    introspection: Introspection,
    escalation: Escalation,
    settings: () => readonly SettingRow[],
  ): void {
    const { clock, events, ear } = this.#parts;
    this.#running = { introspection, escalation, settings };
    this.#ticking = every(clock, REFUSALS_INTERVAL_MS, () => this.#recordRefusals());
    events.incidents = this;
    ear.hears = this.log;
  }

  close(): void {
    this.#ticking?.cancel();
  }

  /** The latest bundles, newest first, as a snapshot shows them. */
  get listed(): readonly KeptBundle[] {
    return this.#listed;
  }

  event(event: RuntimeEvent): void {
    const { kind, ...fields } = event;
    const { tenant = null } = fields as { tenant?: string | null };
    const { stack: _stack, ...told } = fields as { stack?: unknown };
    this.#box.record(tenant, kind, told);
    if (event.kind === 'loop.blocked') {
      const isLong = event.durationMs > this.rules.incidentBlockMs;
      if (isLong && !event.isOngoing) this.#running?.introspection.longBlock(event);
      return;
    }
    const trigger = triggerOf(event, this.#parts.clock.epochMs());
    if (trigger !== null) this.#running?.introspection.incident(trigger);
  }

  readonly log: LogHeard = (level, fields, message) => {
    // What is told as an event is recorded as one.
    if ('kind' in fields) return;
    // Of an error what it is, which JSON alone would not say.
    const { tenant, ...others } = maskValue(fields) as { tenant?: unknown };
    const of = typeof tenant === 'string' ? tenant : null;
    this.#box.record(of, 'log', { level, message, ...others });
  };

  started(session: string, tenant: string, agent: string, { rung, isolate }: Placed): void {
    this.#box.record(tenant, 'session.started', { session, agent, rung, isolate });
  }

  ended(outcome: Outcome): void {
    const { session, tenant, agent, reason, status, isolation, isolate, error } = outcome;
    const { durationMs, cpuMs, blockedMs } = outcome;
    if (status === 'failed') this.#rememberFailed(tenant, session);
    this.#box.record(tenant, 'session.ended', {
      session,
      agent,
      reason,
      status,
      rung: isolation,
      isolate,
      durationMs,
      cpuMs,
      blockedMs,
      error: error?.message ?? null,
    });
  }

  facts({ tenant, session }: IncidentTrigger): MainFacts {
    const running = this.#running;
    const recording = this.#recordingOf(session, tenant);
    // What was refused lately is to be in the bundle that asks.
    this.#recordRefusals();
    return {
      ledger: tenant === null ? null : maskValue(running?.escalation.save(tenant) ?? null),
      heap: {
        statistics: v8.getHeapStatistics(),
        spaces: v8.getHeapSpaceStatistics(),
        memoryUsage: process.memoryUsage(),
        garbage: running?.introspection.turns.garbage ?? null,
      },
      settings: running?.settings() ?? null,
      recording: recording === null ? null : maskedLeaves(recording),
    };
  }

  /** Of whoever did it; of a tenant whose isolate is gone, the session that failed last. */
  #recordingOf(session: string | null, tenant: string | null): unknown {
    const { recordings } = this.#parts;
    const offence = tenant === null ? null : this.#running?.escalation.stateOf(tenant).lastOffence;
    const failed = tenant === null ? undefined : this.#lastFailed.get(tenant);
    for (const one of [session, offence?.session, failed]) {
      const recording = typeof one === 'string' ? recordings.recordingOf(one) : undefined;
      if (recording !== undefined) return recording;
    }
    return null;
  }

  #rememberFailed(tenant: string, session: string): void {
    this.#lastFailed.delete(tenant);
    this.#lastFailed.set(tenant, session);
    if (this.#lastFailed.size <= MOST_FAILED) return;
    const [oldest] = this.#lastFailed.keys();
    this.#lastFailed.delete(oldest!);
  }

  told({ trigger, written, error }: ToldIncident): void {
    const { emit } = this.#parts.events;
    const { kind, tenant, session } = trigger;
    if (written === undefined) {
      const detail = error?.message ?? 'unknown';
      emit({ kind: 'incident.failed', trigger: kind, tenant, session, detail });
      return;
    }
    const { file, sizeBytes, createdAtMs } = written;
    const kept = { file, trigger: kind, tenant, createdAtMs, sizeBytes };
    this.#listed = [kept, ...this.#listed].slice(0, MOST_LISTED);
    const leftOut = [...new Set(written.leftOut.map(({ name }) => name))];
    emit({
      kind: 'incident.captured',
      trigger: kind,
      tenant,
      session,
      file,
      sizeBytes,
      leftOut,
    });
  }

  #recordRefusals(): void {
    const { tenants } = this.#parts;
    for (const { id, books } of tenants.all()) {
      const told = this.#refusals.get(id);
      if (books.refusedCount === (told?.total ?? 0)) continue;
      const reasons: Record<string, number> = {};
      for (const [reason, times] of Object.entries(books.refusals)) {
        const more = times - (told?.reasons[reason] ?? 0);
        if (more > 0) reasons[reason] = more;
      }
      this.#refusals.set(id, { total: books.refusedCount, reasons: { ...books.refusals } });
      this.#box.record(id, 'admission.refused', { reasons });
    }
    if (this.#refusals.size <= 2 * tenants.count + 100) return;
    for (const id of this.#refusals.keys()) {
      if (tenants.find(id) === undefined) this.#refusals.delete(id);
    }
  }
}

function homeOf({ options }: PoolParts, stateDir: string): BundleHome {
  const { maxBundleMb, keepCount, keepMb } = options.incidents;
  return {
    pool: options.name,
    tenantry: VERSION,
    deployment: options.deploymentVersion ?? null,
    folder: bundleFolder(stateDir),
    auditFile: path.join(path.resolve(stateDir), 'audit.jsonl'),
    budgetBytes: Math.floor(maxBundleMb * BYTES_PER_MB),
    retention: { keepCount, keepBytes: keepMb * BYTES_PER_MB },
    execArgv: maskValue(process.execArgv) as string[],
    settings: Object.fromEntries(
      [...settingPaths(options)].map(([name, value]) => [name, printedOption(name, value)]),
    ),
  };
}
