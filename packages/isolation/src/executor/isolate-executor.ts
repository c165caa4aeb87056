/** Core's executor port over isolates: which isolate a session goes to, and nothing more. */
import {
  type AbortReason,
  type CarriedEnd,
  type Executor,
  type FactListener,
  type IsolateRecord,
  type IsolatesContext,
  type MoveAnswer,
  type Notice,
  type Placed,
  type PreparedPlace,
  type RetiredFigures,
  type OnSessionEnd,
  type SessionSpec,
  type TenantSettings,
} from '@tenantry/core/internal';
import { Coordinator } from '../coordinator/coordinator.js';
import type { Isolate } from '../host/isolate.js';
import type { IsolateSession } from '../host/isolate-session.js';
import { Supervisor } from '../supervisor/supervisor.js';
import { recordOf, recordWithoutIsolate } from './records.js';

export class IsolateExecutor implements Executor {
  readonly #context: IsolatesContext;
  readonly #coordinator: Coordinator;
  readonly #supervisor: Supervisor;
  /** Isolates that were told to end and would not; they stay in the snapshot. */
  readonly #leaving = new Set<Isolate>();

  constructor(context: IsolatesContext) {
    this.#context = context;
    const { clock, options } = context;
    this.#coordinator = new Coordinator({
      clock,
      reportIntervalMs: options.reportIntervalMs,
      onReport: (isolate, { ghosts }) => {
        if (ghosts > options.maxGhosts) this.#supervisor.recycle(isolate);
      },
    });
    this.#supervisor = new Supervisor(context, {
      made: (isolate) => this.#coordinator.add(isolate),
      ended: (isolate) => {
        this.#coordinator.retire(isolate);
        this.#leaving.add(isolate);
      },
      gone: (isolate) => void this.#leaving.delete(isolate),
    });
  }

  async start(
    spec: SessionSpec,
    settings: TenantSettings,
    onEnd: OnSessionEnd,
    carried?: CarriedEnd,
  ): Promise<Placed> {
    const { url } = this.#context.moduleOf(spec.agent);
    const isolate = await this.#supervisor.acquire(spec.tenant, settings);
    const session = await isolate.open(spec, url, onEnd, carried);
    return new PlacedInIsolate(isolate, session);
  }

  async prepare(tenant: string, agent: string, settings: TenantSettings): Promise<PreparedPlace> {
    const { url } = this.#context.moduleOf(agent);
    const isolate = await this.#supervisor.acquire(tenant, settings);
    const release = isolate.reserve();
    try {
      await isolate.preload(url);
    } catch (error) {
      release();
      throw error;
    }
    return {
      release,
      start: async (spec, onEnd, carried) =>
        new PlacedInIsolate(isolate, await isolate.open(spec, url, onEnd, carried)),
    };
  }

  forgive(tenant: string): void {
    this.#supervisor.forgive(tenant);
  }

  renew(): void {
    this.#supervisor.recycleAll();
  }

  refresh(deadlineMs: number): Promise<void> {
    return this.#coordinator.refresh(deadlineMs);
  }

  records(): readonly IsolateRecord[] {
    const nowMs = this.#context.clock.nowMs();
    const records: IsolateRecord[] = [];
    const shown = new Set<string>();
    for (const isolate of [...this.#coordinator.isolates(), ...this.#leaving]) {
      const slot = this.#supervisor.slotOf(isolate.tenant);
      shown.add(isolate.id);
      records.push(recordOf(isolate, slot, this.#coordinator.reportOf(isolate), nowMs));
    }
    for (const slot of this.#supervisor.slots()) {
      if (slot.isolates.size > 0 || shown.has(slot.lastIsolate?.id ?? '')) continue;
      const record = recordWithoutIsolate(slot, nowMs);
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  retired(): RetiredFigures {
    return this.#coordinator.retired();
  }

  close(): Promise<void> {
    return this.#supervisor.close();
  }
}

class PlacedInIsolate implements Placed {
  readonly rung: 'thread' | 'process';
  readonly isolate: string;
  readonly client: Placed['client'];
  readonly #isolate: Isolate;
  readonly #session: IsolateSession;

  constructor(isolate: Isolate, session: IsolateSession) {
    this.rung = isolate.rung;
    this.isolate = isolate.id;
    this.client = session.client;
    this.#isolate = isolate;
    this.#session = session;
  }

  closeInput(): void {
    this.#session.closeInput();
  }

  abort(reason: AbortReason, detail?: string): void {
    this.#isolate.abort(this.#session, reason, detail);
  }

  abandon(reason: AbortReason, detail?: string): void {
    this.#isolate.abandon(this.#session, reason, detail);
  }

  notice(notice: Notice): void {
    this.#session.notice(notice);
  }

  hearNotices(listener: (notice: Notice) => void): void {
    this.#session.hearNotices(listener);
  }

  hearFacts(listener: FactListener): void {
    this.#session.hearFacts(listener);
  }

  askCarryable(answer: (isCarryable: boolean) => void): void {
    this.#session.askCarryable(answer);
  }

  askMove(answer: (answer: MoveAnswer) => void): void {
    this.#session.askMove(answer);
  }

  keepHere(): void {
    this.#session.keepHere();
  }
}
