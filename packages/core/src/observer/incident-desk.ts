/**
 * The incidents of one pool, on the observer thread: keeps the black box, looks at blocks that last,
 * and has a bundle made of what triggers one, not too often and one after the other. How what goes
 * into it is gathered is left to `capture.ts`; nothing here waits for the main loop.
 */
import { TenantryError } from '../errors/errors.js';
import type { BundleHome, WrittenBundle } from '../bundle/bundle-job.js';
import type { IncidentTrigger } from '../bundle/bundle-parts.js';
import { splitLine } from '../recorder/black-box.js';
import { ByteRing } from '../recorder/byte-ring.js';
import { OF_THE_POOL, TenantRings } from '../recorder/tenant-rings.js';
import { maskLine } from '../secrets/mask-line.js';
import type { BlockRow } from '../snapshot/figures.js';
import { blockText } from './block-text.js';

/** When an incident makes a bundle, beside what the bundle is made with. */
export interface IncidentRules {
  readonly incidentBlockMs: number;
  /** Least time between two bundles of a tenant that nobody asked for. */
  readonly tenantIntervalMs: number;
  readonly maxPerHour: number;
  /** 0: no profile is taken. */
  readonly profileMs: number;
  readonly home: BundleHome;
}

/** What the black box of a pool says of a tenant. */
export interface RecordedEvents {
  readonly events: readonly string[];
  readonly forgottenEvents: number;
  readonly lostEvents: number;
}

/** How an incident came out. */
export type IncidentOutcome =
  | { readonly trigger: IncidentTrigger; readonly written: WrittenBundle }
  | { readonly trigger: IncidentTrigger; readonly error: unknown };

export interface IncidentDeskParts {
  readonly ring: SharedArrayBuffer;
  readonly rules: IncidentRules;
  nowMs(): number;
  /** Blocks that last now, of the main loop, of threads and of children. */
  ongoing(): readonly BlockRow[];
  /** Makes the bundle and resolves when it is kept. */
  capture(
    trigger: IncidentTrigger,
    suppressed: number,
    recorded: () => RecordedEvents,
  ): Promise<WrittenBundle>;
  /** Told once of every bundle that was made or failed, whoever asked for it. */
  told(outcome: IncidentOutcome): void;
}

const HOUR_MS = 3_600_000;
/** Bundles that may wait for the one that is being made. */
const MOST_WAITING = 4;
const USUAL_BUNDLE_MS = 3_000;
/** Blocks that have their bundle; whoever blocks on does not get another for the same one. */
const MOST_SEEN_BLOCKS = 100;
/** Tenants whose last bundle is remembered. */
const MOST_REMEMBERED = 10_000;

export class IncidentDesk {
  readonly #parts: IncidentDeskParts;
  readonly #ring: ByteRing;
  readonly #rings = new TenantRings();
  /** When each tenant's last bundle was begun, the latest last. */
  readonly #lastMs = new Map<string, number>();
  readonly #seenBlocks = new Set<string>();
  #startsMs: number[] = [];
  #suppressed = 0;
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(parts: IncidentDeskParts) {
    this.#parts = parts;
    this.#ring = new ByteRing(parts.ring);
  }

  /** Called at every look of the observer. */
  tick(): void {
    this.#take();
    for (const block of this.#parts.ongoing()) {
      if (block.durationMs > this.#parts.rules.incidentBlockMs) this.blocked(block);
    }
  }

  /** A block that has passed `incidentBlockMs`, while it lasts or after it. */
  blocked(block: BlockRow): void {
    if (this.#seenBlocks.has(block.block)) return;
    this.#seenBlocks.add(block.block);
    if (this.#seenBlocks.size > MOST_SEEN_BLOCKS) {
      const [oldest] = this.#seenBlocks;
      this.#seenBlocks.delete(oldest!);
    }
    const { tenant, session, agent, isolate, place } = block;
    const detail = blockText(block);
    const atMs = Date.now();
    this.trigger({ kind: 'block', tenant, session, agent, isolate, atMs, detail, place });
  }

  /** Makes a bundle of it, or counts it where there were enough. */
  trigger(trigger: IncidentTrigger): void {
    if (this.#isClosed) return;
    if (!this.#hasRoom(trigger.tenant) || this.#waiting >= MOST_WAITING) {
      this.#suppressed += 1;
      return;
    }
    this.#note(trigger);
    // How it came out has been told.
    this.#make(trigger).catch(() => {});
  }

  /**
   * As somebody asks for.
   * @throws TENANTRY_BUNDLE_BUSY, TENANTRY_BUNDLE_FAILED, TENANTRY_POOL_CLOSED
   */
  request(trigger: IncidentTrigger): Promise<WrittenBundle> {
    if (this.#isClosed) throw closed();
    if (this.#waiting < MOST_WAITING) return this.#make(trigger);
    const retryAfterMs = USUAL_BUNDLE_MS;
    throw new TenantryError(
      'TENANTRY_BUNDLE_BUSY',
      `${this.#waiting} bundles are being made: try again in ${retryAfterMs / 1_000} s`,
      { retryAfterMs },
    );
  }

  /** Whether the black box has anything of a tenant. */
  knows(tenant: string): boolean {
    this.#take();
    return this.#rings.of(tenant).lines.length > 0;
  }

  /** Resolves when what is being made is made; nothing more is begun. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  /** The main loop records what it does; it may not come to that any more. */
  #note({ kind: trigger, tenant, session, isolate, atMs, detail }: IncidentTrigger): void {
    const record = { atMs, session, isolate, trigger, detail, kind: 'incident' };
    this.#rings.add(tenant ?? OF_THE_POOL, maskLine(JSON.stringify(record)));
  }

  #make(trigger: IncidentTrigger): Promise<WrittenBundle> {
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    this.#waiting += 1;
    const made = this.#last.then(() =>
      this.#parts.capture(trigger, suppressed, () => this.#recorded(trigger.tenant)),
    );
    this.#last = made.then(
      (written) => this.#over({ trigger, written }),
      (error: unknown) => this.#over({ trigger, error }),
    );
    return made;
  }

  #over(outcome: IncidentOutcome): void {
    this.#waiting -= 1;
    this.#parts.told(outcome);
  }

  #hasRoom(tenant: string | null): boolean {
    const { tenantIntervalMs, maxPerHour } = this.#parts.rules;
    const nowMs = this.#parts.nowMs();
    const key = tenant ?? OF_THE_POOL;
    const lastMs = this.#lastMs.get(key);
    this.#startsMs = this.#startsMs.filter((startMs) => nowMs - startMs < HOUR_MS);
    if (lastMs !== undefined && nowMs - lastMs < tenantIntervalMs) return false;
    if (this.#startsMs.length >= maxPerHour) return false;
    this.#startsMs.push(nowMs);
    this.#lastMs.delete(key);
    this.#lastMs.set(key, nowMs);
    if (this.#lastMs.size > MOST_REMEMBERED) {
      const [oldest] = this.#lastMs.keys();
      this.#lastMs.delete(oldest!);
    }
    return true;
  }

  #take(): void {
    this.#ring.drain((line) => {
      const { tenant, json } = splitLine(line);
      this.#rings.add(tenant, json);
    });
  }

  /** The tenant's and the pool's, in the order of their times. */
  #recorded(tenant: string | null): RecordedEvents {
    this.#take();
    const ofPool = this.#rings.of(OF_THE_POOL);
    const own = tenant === null ? { lines: [], forgotten: 0 } : this.#rings.of(tenant);
    const timed = [...ofPool.lines, ...own.lines].map((json) => ({ atMs: timeOf(json), json }));
    timed.sort((one, other) => one.atMs - other.atMs);
    return {
      events: timed.map(({ json }) => json),
      forgottenEvents: tenant === null ? ofPool.forgotten : own.forgotten,
      lostEvents: this.#ring.lostCount,
    };
  }
}

/** Every record begins with it. */
const timeOf = (json: string): number => Number(/^\{"atMs":(\d+(?:\.\d+)?)/.exec(json)?.[1] ?? 0);

function closed(): TenantryError {
  return new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed');
}
