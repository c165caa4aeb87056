/** Isolates whose starts are settled by the test: what they run ends when the test says so. */
import { JoinedEnds } from '../../src/channel/session-channel.js';
import { MessageLimits } from '../../src/channel/message-limits.js';
import type { RuntimeEvent } from '../../src/events/runtime-event.js';
import type { SessionEnd } from '../../src/host/session-end.js';
import type { SessionSpec } from '../../src/host/session-spec.js';
import type { Executor, Placed, PreparedPlace } from '../../src/placement/executor.js';
import type { IsolatesContext } from '../../src/placement/isolates-port.js';
import type { TenantSettings } from '../../src/tenant/tenant-options.js';
import { rungOf } from '../../src/vocabulary/rung.js';
import { gate, type Gate } from '../gate.js';

export interface Started {
  readonly spec: SessionSpec;
  readonly gate: Gate<Placed>;
  readonly aborts: string[];
  place(): void;
  end(end: SessionEnd): void;
}

/** How an isolate came to its end, as its supervisor tells it. */
export type AbnormalEnd = Pick<
  Extract<RuntimeEvent, { kind: 'isolate.ended' }>,
  'reason' | 'detail' | 'sessionsLost'
>;

/** An offence that is worth a move by itself. */
export const OUT_OF_MEMORY: AbnormalEnd = {
  reason: 'oom-heap',
  detail: 'its heap was full',
  sessionsLost: 0,
};

const UNTOUCHED = { state: {}, consumedCount: 0, sentCount: 0 } as const;

export class FakeIsolates implements Executor {
  readonly starts: Started[] = [];
  context: IsolatesContext | undefined;
  closeCount = 0;
  /** Whether what it runs can be moved on, at once and with nothing in hand. */
  carries = false;
  /** New places are ready when it opens, where it is set. */
  preparing: Gate<void> | undefined;

  readonly factory = (context: IsolatesContext): Executor => {
    this.context = context;
    return this;
  };

  start(
    spec: SessionSpec,
    { isolation, isolate }: TenantSettings,
    onEnd: (end: SessionEnd) => void,
  ): Promise<Placed> {
    const opened = gate<Placed>();
    const aborts: string[] = [];
    const { client } = new JoinedEnds(MessageLimits.parse({}), () => 0);
    const placed: Placed = {
      rung: rungOf(isolation, isolate),
      isolate: 'p1',
      client,
      closeInput: () => {},
      abort: (reason) => {
        aborts.push(reason);
        onEnd({ reason, error: new Error(reason) });
      },
      notice: () => {},
      hearFacts: () => {},
      askCarryable: (answer) => answer(this.carries),
      askMove: (answer) =>
        answer(
          this.carries
            ? { kind: 'moved', run: UNTOUCHED, unread: [], cost: undefined }
            : { kind: 'kept', why: 'not-carryable' },
        ),
      keepHere: () => {},
      abandon: (reason) => onEnd({ reason, error: new Error(reason) }),
    };
    this.starts.push({ spec, gate: opened, aborts, place: () => opened.open(placed), end: onEnd });
    return opened.promise;
  }

  async prepare(_tenant: string, _agent: string, settings: TenantSettings): Promise<PreparedPlace> {
    await this.preparing?.promise;
    return { start: (spec, onEnd) => this.start(spec, settings, onEnd), release: () => {} };
  }

  /** Tells the pool that an isolate of the tenant has ended, and not in order. */
  tellEnd(tenant: string, end: AbnormalEnd): void {
    this.context!.emit({
      kind: 'isolate.ended',
      isolate: 'process-1',
      tenant,
      rung: 'process',
      abnormal: true,
      ...end,
    });
  }

  async refresh(): Promise<void> {}

  records(): ReturnType<Executor['records']> {
    return [];
  }

  retired(): ReturnType<Executor['retired']> {
    return { isolates: 0, cpuMs: 0, tenantCpuMs: {} };
  }

  async close(): Promise<void> {
    this.closeCount += 1;
  }
}
