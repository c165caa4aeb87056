/**
 * Gives a session its isolate: the tenant's own, a spare, or a new one; keeps back what fails too
 * often, and gives up loudly. Starts nothing by itself: an isolate is restarted by the next session
 * that needs it.
 */
import { TenantryError } from '@tenantry/core/internal';
import type { IsolateEnd, IsolatesContext, TenantSettings, Timer } from '@tenantry/core/internal';
import type { Isolate } from '../host/isolate.js';
import { isAbnormal } from '../host/isolate-end.js';
import {
  IsolateFactory,
  type IsolateProfile,
  assignmentOf,
  profileKey,
  profileOf,
  type MakeChannel,
} from './isolate-factory.js';
import { hasHeapOverride } from './heap-override.js';
import { noticeListener } from './notices.js';
import { SpareIsolates } from './spare-isolates.js';
import { TenantSlot } from './tenant-slot.js';

/** Told of every isolate from its first to its last moment. */
export interface IsolateKeeper {
  made(isolate: Isolate): void;
  ended(isolate: Isolate): void;
  gone(isolate: Isolate): void;
}

export class Supervisor {
  readonly #context: IsolatesContext;
  readonly #keeper: IsolateKeeper;
  readonly #factory: IsolateFactory;
  readonly #spares: SpareIsolates;
  readonly #slots = new Map<string, TenantSlot>();
  /** Each until it is gone. */
  readonly #all = new Set<Isolate>();
  /** Places that spares are leaving for tenants that wait for them. */
  #promisedCount = 0;
  #closed = false;

  constructor(context: IsolatesContext, keeper: IsolateKeeper, makeChannel?: MakeChannel) {
    this.#context = context;
    this.#keeper = keeper;
    this.#factory = new IsolateFactory(context, noticeListener(context), makeChannel);
    this.#spares = new SpareIsolates(
      this.#factory,
      {
        clock: context.clock,
        countPerProfile: context.options.spareIsolates,
        room: () => this.#room,
        onMade: (isolate) => this.#made(isolate),
      },
      context.log,
    );
    for (const settings of context.spareSettings) this.#spares.keep(profileOf(settings));
    if (hasHeapOverride()) {
      context.log.warn(
        { flag: '--max-old-space-size' },
        '[isolate] memory caps off: threads have no hard heap limit while this flag is set',
      );
    }
  }

  slots(): IterableIterator<TenantSlot> {
    return this.#slots.values();
  }

  slotOf(tenant: string | null): TenantSlot | undefined {
    return tenant === null ? undefined : this.#slots.get(tenant);
  }

  /**
   * An isolate for a session of this tenant.
   * @throws TENANTRY_ISOLATE_BACKOFF, TENANTRY_TENANT_QUARANTINED, TENANTRY_ISOLATE_LIMIT,
   *   TENANTRY_ISOLATE_START_FAILED, TENANTRY_ISOLATE_START_TIMEOUT, TENANTRY_POOL_CLOSED
   */
  async acquire(tenant: string, settings: TenantSettings): Promise<Isolate> {
    const slot = this.#slot(tenant);
    if (settings.isolateScope === 'session') return this.#launch(slot, settings);
    const key = profileKey(profileOf(settings));
    const shared = slot.shared.get(key);
    if (shared !== undefined) {
      const isolate = await shared;
      if (isolate.isOpen) return isolate;
      if (slot.shared.get(key) === shared) slot.shared.delete(key);
      return this.acquire(tenant, settings);
    }
    const launching = this.#launch(slot, settings);
    slot.shared.set(key, launching);
    launching.catch(() => {
      if (slot.shared.get(key) === launching) slot.shared.delete(key);
    });
    return launching;
  }

  /** What is held back because it kept failing may start again. */
  forgive(tenant: string): void {
    this.#slots.get(tenant)?.policy.forgive();
  }

  /** No new sessions there; the tenant's next one gets a new isolate. */
  recycle(isolate: Isolate): void {
    isolate.drain();
  }

  /** The same for every isolate of a tenant; spares have loaded nothing. */
  recycleAll(): void {
    for (const { isolates } of this.#slots.values()) for (const one of isolates) this.recycle(one);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#spares.close();
    const end = { reason: 'stopped', detail: 'pool closed' } as const;
    await Promise.all([...this.#all].map((isolate) => isolate.end(end)));
  }

  async #launch(slot: TenantSlot, settings: TenantSettings): Promise<Isolate> {
    const { clock, emit } = this.#context;
    this.#refuseIfClosed();
    this.#refuseIfHeldBack(slot);
    const begunMs = clock.nowMs();
    const profile = profileOf(settings);
    let isolate = this.#spares.take(profile);
    isolate ??= this.#room > 0 ? this.#make(profile) : await this.#replaceSpare(slot, profile);
    isolate.tenant = slot.tenant;
    isolate.scope = settings.isolateScope;
    slot.isolates.add(isolate);
    slot.lastIsolate = { id: isolate.id, rung: isolate.rung };
    slot.policy.started();
    try {
      if (isolate.identity === undefined) await isolate.start();
      await isolate.assign(assignmentOf(slot.tenant, settings));
    } catch (error) {
      // One that was never handed out would be nobody's to end.
      void isolate.end({ reason: 'start-failed', detail: (error as Error).message });
      throw error;
    }
    this.#retireWhenIdle(isolate, settings);
    emit({
      kind: 'isolate.started',
      isolate: isolate.id,
      tenant: slot.tenant,
      rung: isolate.rung,
      pid: isolate.identity!.pid,
      startMs: clock.nowMs() - begunMs,
    });
    return isolate;
  }

  /** An isolate of one session goes with it; a tenant's stays a while for the next one. */
  #retireWhenIdle(isolate: Isolate, settings: TenantSettings): void {
    const { clock, options } = this.#context;
    let retiring: Timer | undefined;
    isolate.onIdle(() => {
      if (settings.isolateScope === 'session') {
        void isolate.end({ reason: 'idle', detail: 'its session has ended' });
        return;
      }
      retiring?.cancel();
      retiring = clock.after(options.isolateIdleMs, () => {
        if (isolate.isInUse || !isolate.isOpen) return;
        void isolate.end({ reason: 'idle', detail: `no session for ${options.isolateIdleMs} ms` });
      });
    });
  }

  get #room(): number {
    return this.#context.options.maxIsolates - this.#all.size - this.#promisedCount;
  }

  #make(profile: IsolateProfile): Isolate {
    const isolate = this.#factory.make(profile);
    this.#made(isolate);
    return isolate;
  }

  /** As many run as may: a spare makes room, once it is gone. */
  async #replaceSpare({ tenant }: TenantSlot, profile: IsolateProfile): Promise<Isolate> {
    while (this.#room <= 0) {
      const ending = this.#spares.giveUpOne();
      if (ending === undefined) throw this.#isFull(tenant);
      this.#promisedCount += 1;
      await ending;
      this.#promisedCount -= 1;
      this.#refuseIfClosed();
    }
    return this.#make(profile);
  }

  #made(isolate: Isolate): void {
    this.#all.add(isolate);
    this.#keeper.made(isolate);
    isolate.listen({
      ended: (_isolate, end, sessionsLost) => this.#ended(isolate, end, sessionsLost),
      stuck: () => this.#stuck(isolate),
      gone: () => {
        this.#all.delete(isolate);
        this.#keeper.gone(isolate);
      },
    });
  }

  #ended(isolate: Isolate, end: IsolateEnd, sessionsLost: number): void {
    const { clock, emit } = this.#context;
    const nowMs = clock.nowMs();
    const slot = this.slotOf(isolate.tenant);
    this.#keeper.ended(isolate);
    emit({
      kind: 'isolate.ended',
      isolate: isolate.id,
      tenant: isolate.tenant,
      rung: isolate.rung,
      reason: end.reason,
      detail: end.detail,
      abnormal: isAbnormal(end),
      ...(end.offender === undefined ? {} : { offender: end.offender }),
      sessionsLost,
    });
    if (slot === undefined) return;
    slot.isolates.delete(isolate);
    slot.lastEnd = { end, atMs: nowMs };
    if (!isAbnormal(end) || this.#closed) return;
    if (!slot.policy.ended(nowMs, nowMs - isolate.assignedAtMs)) return;
    emit({
      kind: 'isolate.gave-up',
      tenant: slot.tenant,
      restarts: slot.policy.restarts,
      quarantinedForMs: this.#context.options.restart.quarantineMs,
    });
  }

  #stuck(isolate: Isolate): void {
    this.#context.emit({
      kind: 'isolate.stuck',
      isolate: isolate.id,
      tenant: isolate.tenant,
      detail: 'it runs native code that cannot be ended; its place stays taken',
    });
  }

  #slot(tenant: string): TenantSlot {
    const known = this.#slots.get(tenant);
    if (known !== undefined) return known;
    const slot = new TenantSlot(tenant, this.#context.options.restart);
    this.#slots.set(tenant, slot);
    return slot;
  }

  #refuseIfHeldBack({ tenant, policy, lastEnd }: TenantSlot): void {
    const verdict = policy.verdict(this.#context.clock.nowMs());
    if (verdict.kind === 'now') return;
    const last =
      lastEnd === undefined ? '' : ` (last end: ${lastEnd.end.reason}, ${lastEnd.end.detail})`;
    const retryAfterMs = Math.ceil(verdict.waitMs);
    throw verdict.kind === 'wait'
      ? new TenantryError(
          'TENANTRY_ISOLATE_BACKOFF',
          `isolate of tenant "${tenant}" waits ${retryAfterMs} ms before it restarts${last}`,
          { tenant, retryAfterMs },
        )
      : new TenantryError(
          'TENANTRY_TENANT_QUARANTINED',
          `tenant "${tenant}" is quarantined for ${retryAfterMs} ms: its isolate kept failing${last}`,
          { tenant, retryAfterMs },
        );
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new TenantryError('TENANTRY_POOL_CLOSED', 'the pool is closed');
  }

  #isFull(tenant: string): TenantryError {
    const { maxIsolates } = this.#context.options;
    return new TenantryError(
      'TENANTRY_ISOLATE_LIMIT',
      `no isolate for tenant "${tenant}": ${this.#all.size} run and the limit is ${maxIsolates}`,
      { tenant, retryAfterMs: 5_000, details: { running: this.#all.size, limit: maxIsolates } },
    );
  }
}
