/**
 * One pool as the observer thread knows it: its socket, the snapshot it holds, its isolates' loops and
 * the blocks that last. Asks the main thread for what only that can answer, and does without where it
 * does not answer in time.
 */
import type { SlotOwner } from '../attribution/loop-cell.js';
import type { MainFacts, WrittenBundle } from '../bundle/bundle-job.js';
import type { IncidentTrigger } from '../bundle/bundle-parts.js';
import { TenantryError, shown } from '../errors/errors.js';
import type { InspectorRequest, TargetedProfile } from '../inspector/inspector-protocol.js';
import { serveInspector, type InspectorServer } from '../inspector/inspector-server.js';
import type { PoolBundle } from '../inspector/pool-bundle.js';
import type { PoolProfile } from '../inspector/pool-profile.js';
import type { BlockRow } from '../snapshot/figures.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { systemClock } from '../time/clock.js';
import { AskedInTime } from './asked-in-time.js';
import { rowOf } from './block-row.js';
import { capture, packInThread } from './capture.js';
import { completeSnapshot } from './complete-snapshot.js';
import { HeldMetrics } from './held-metrics.js';
import { IncidentDesk, type IncidentOutcome, type IncidentRules } from './incident-desk.js';
import type { SeenBlock } from './loop-watch.js';
import type { DirectLog } from '../log/direct-log.js';
import type { ProfileDesk } from './profile-desk.js';
import { SHARED_LOOP } from '../vocabulary/rung.js';
import type { Vitals } from './vitals.js';

/** One that is older than an answer takes was not made for this request. */
const FRESH_FOR_MS = 50;

export interface ObservedProcess {
  readonly vitals: Vitals;
  readonly profiles: Pick<ProfileDesk, 'take' | 'poolClosed'>;
  nowMs(): number;
  /** Blocks of the main loop and of this pool's threads that last now. */
  ongoing(pool: number): SeenBlock[];
  /** Whether a session on the main loop is this pool's, as far as is known. */
  isOf(pool: number, owner: SlotOwner): boolean;
  /** How long the main loop has stood still, or the latest it was in the last second. */
  mainLagMs(): number;
  /** How long it stands still now; 0 where it turns. */
  mainHeldMs(): number;
  /** Resolves with the main thread's answer, however long it takes. */
  ask(pool: number, request: InspectorRequest): Promise<unknown>;
  /** The same of what a bundle takes from it. */
  mainFacts(pool: number, trigger: IncidentTrigger): Promise<MainFacts>;
  /** A bundle of a pool was made, or failed. */
  incident(pool: number, outcome: IncidentOutcome): void;
}

export class WatchedPool {
  readonly id: number;
  readonly log: DirectLog | null;
  thresholdMs = 50;
  readonly #process: ObservedProcess;
  /** Blocks that other processes' supervisors have told of. */
  readonly #elsewhere = new Map<string, BlockRow>();
  #held: { readonly snapshot: Snapshot; readonly atMs: number } | undefined;
  #server: InspectorServer | undefined;
  readonly metrics: HeldMetrics;
  readonly #asked: AskedInTime;
  #incidents: IncidentDesk | undefined;

  constructor(id: number, log: DirectLog | null, observed: ObservedProcess) {
    this.id = id;
    this.log = log;
    this.#process = observed;
    const ask = (request: InspectorRequest): Promise<unknown> => observed.ask(id, request);
    this.#asked = new AskedInTime(ask);
    this.metrics = new HeldMetrics(
      {
        nowMs: () => observed.nowMs(),
        mainLagMs: () => observed.mainLagMs(),
        mainHeldMs: () => observed.mainHeldMs(),
        ask,
      },
      this.#asked,
    );
  }

  /** @throws TENANTRY_SOCKET_* */
  async serve(socketPath: string): Promise<void> {
    this.#server = await serveInspector(socketPath, (request) => this.#answer(request));
  }

  async close(): Promise<void> {
    this.#process.profiles.poolClosed(this.id);
    await this.#server?.close();
  }

  /** From now on what happens to it is recorded, and what is an incident makes a bundle. */
  recordIncidents(ring: SharedArrayBuffer, rules: IncidentRules): void {
    const observed = this.#process;
    const sources = {
      rules,
      clock: systemClock,
      snapshot: () => this.#snapshot(),
      profile: (request: Omit<TargetedProfile, 'command'>) => this.profile(request),
      mainFacts: (trigger: IncidentTrigger) => observed.mainFacts(this.id, trigger),
      pack: packInThread,
    };
    this.#incidents = new IncidentDesk({
      ring,
      rules,
      nowMs: () => observed.nowMs(),
      ongoing: () => this.#ongoing(),
      capture: (...incident) => capture(sources, ...incident),
      told: (outcome) => observed.incident(this.id, outcome),
    });
  }

  get incidents(): IncidentDesk | undefined {
    return this.#incidents;
  }

  /**
   * A bundle that somebody asks for.
   * @throws TENANTRY_BUNDLE_*, TENANTRY_TENANT_UNKNOWN, TENANTRY_POOL_CLOSED
   */
  async bundle(tenant: string | null): Promise<PoolBundle> {
    if (this.#incidents === undefined) throw noBundles();
    if (tenant !== null && !this.#isKnown(tenant)) {
      // It may have come since the snapshot was made.
      await this.#snapshot();
      if (!this.#isKnown(tenant)) throw unknownTenant(tenant);
    }
    const nothing = { session: null, agent: null, isolate: null, place: null };
    const trigger = { kind: 'manual', tenant, ...nothing, atMs: Date.now() } as const;
    const written: WrittenBundle = await this.#incidents.request({
      ...trigger,
      detail: 'asked for by hand',
    });
    return { ...written, tenant };
  }

  #isKnown(tenant: string): boolean {
    const { tenants = [] } = this.#held?.snapshot ?? {};
    return tenants.some((row) => row.tenant === tenant) || this.#incidents?.knows(tenant) === true;
  }

  hold(snapshot: Snapshot): void {
    this.#held = { snapshot, atMs: this.#process.nowMs() };
  }

  ongoingElsewhere(block: BlockRow): void {
    this.#elsewhere.set(block.block, block);
  }

  endedElsewhere(block: string): void {
    this.#elsewhere.delete(block);
  }

  /** What of an owner the held snapshot has; a session that was just opened is not in it. */
  knows({ session, tenant }: SlotOwner): 'session' | 'tenant' | 'nothing' {
    const { sessions = [], tenants = [] } = this.#held?.snapshot ?? {};
    if (sessions.some((row) => row.session === session)) return 'session';
    return tenants.some((row) => row.tenant === tenant) ? 'tenant' : 'nothing';
  }

  /** Blocks that last, of every loop of the pool. */
  #ongoing(): BlockRow[] {
    const now = Date.now();
    const here = this.#process.ongoing(this.id).map((block) => toRow(block, this.#ownerOf(block)));
    const elsewhere = [...this.#elsewhere.values()].map((block) => ({
      ...block,
      durationMs: Math.max(block.durationMs, now - block.startedAtMs),
    }));
    return [...here, ...elsewhere];
  }

  complete(snapshot: Snapshot, heldForMs = 0): Snapshot {
    return completeSnapshot(snapshot, {
      ongoing: this.#ongoing(),
      system: this.#process.vitals.figures(),
      mainLagMs: this.#process.mainLagMs(),
      heldForMs,
    });
  }

  /** Another pool's session on the same loop is nobody that this pool knows. */
  #ownerOf({ isolate, owner }: SeenBlock): SlotOwner | null {
    if (owner === null || isolate !== SHARED_LOOP) return owner;
    return this.#process.isOf(this.id, owner) ? owner : null;
  }

  async #answer(request: InspectorRequest): Promise<unknown> {
    if (request.command === 'snapshot') return this.#snapshot();
    if (request.command === 'profile') return this.profile(request);
    if (request.command === 'metrics') return this.metrics.fresh(request.format);
    if (request.command === 'health') return this.metrics.health();
    if (request.command === 'bundle') return this.bundle(request.tenant);
    return this.#process.ask(this.id, request);
  }

  /** @throws TENANTRY_PROFILE_*, TENANTRY_POOL_CLOSED */
  profile({ target, type, seconds }: TargetedProfile): Promise<PoolProfile> {
    const wanted = { target, type, seconds };
    return this.#process.profiles.take(this.id, () => this.#snapshot(), wanted);
  }

  async #snapshot(): Promise<Snapshot> {
    if (this.#held === undefined) await this.#process.ask(this.id, { command: 'snapshot' });
    else await this.#asked.ask({ command: 'snapshot' });
    const ageMs = this.#ageMs();
    return this.complete(this.#held!.snapshot, ageMs > FRESH_FOR_MS ? ageMs : 0);
  }

  #ageMs(): number {
    return this.#process.nowMs() - this.#held!.atMs;
  }
}

function noBundles(): TenantryError {
  return new TenantryError(
    'TENANTRY_BUNDLE_UNAVAILABLE',
    'the pool keeps no bundles: it has no stateDir, or incidents.enabled is false',
  );
}

function unknownTenant(tenant: string): TenantryError {
  return new TenantryError('TENANTRY_TENANT_UNKNOWN', `tenant ${shown(tenant)}: none is known`, {
    details: { received: shown(tenant) },
  });
}

/** A block while it lasts, as its pool names the one who blocks. */
export function toRow(seen: SeenBlock, owner: SlotOwner | null): BlockRow {
  return rowOf(seen.isolate, seen.switches, owner, {
    cause: owner === null ? 'host' : 'session',
    startedAtMs: seen.startedAtMs,
    durationMs: seen.durationMs,
    isOngoing: true,
    place: seen.place,
    stack: [...seen.stack],
  });
}
