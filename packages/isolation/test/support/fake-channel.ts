/** An isolate's channel in memory: a test says when it starts, answers, ends and is gone. */
import type { IsolateEnd, PlaceReport, SessionSpec, WireError } from '@tenantry/core/internal';
import { FirstCause } from '../../src/host/first-cause.js';
import type { IsolateChannel, IsolateIdentity } from '../../src/host/isolate-channel.js';
import type { Assignment, GuestNotice, IsolateUse, Pressure } from '../../src/wire/messages.js';
import { MemoryCarrier } from './memory-carrier.js';

export const IDENTITY: IsolateIdentity = { pid: 77, threadId: 3 };

export const reportWith = (cpuMs: number | null, rest: Partial<PlaceReport> = {}): PlaceReport => ({
  figures: {
    rssBytes: null,
    pssBytes: null,
    heapUsedBytes: 1,
    externalBytes: 1,
    eluRatio: 0,
    cpuMs,
    cpuNowRatio: null,
    cpuMinuteRatio: null,
    loopLagMs: null,
  },
  sessions: [],
  ghosts: 0,
  strayErrors: 0,
  usage: null,
  ...rest,
});

export const specOf = (id: string, tenant = 'acme'): SessionSpec => ({
  id,
  tenant,
  agent: 'echo',
  input: null,
  config: {},
  metadata: {},
});

export class FakeChannel implements IsolateChannel {
  readonly rung: 'thread' | 'process';
  readonly gone: Promise<void>;
  readonly turnCell = undefined;
  readonly profile = undefined;
  readonly thresholds: number[] = [];
  onNotice: (notice: GuestNotice) => void = () => {};
  onPressure: (pressure: Pressure) => void = () => {};
  /** Agents loaded before a session of theirs came. */
  readonly preloaded: string[] = [];
  /** Why the next one cannot be loaded. */
  loadError: WireError | null = null;
  silentMs = 0;
  use: IsolateUse = { cpuMs: null, memoryBytes: null };
  /** What the next calls answer. */
  starts: () => Promise<IsolateIdentity> = () => Promise.resolve(IDENTITY);
  assigns: () => Promise<void> = () => Promise.resolve();
  reports: () => Promise<PlaceReport> = () => Promise.resolve(reportWith(1));
  /** Whether it is gone as soon as it is told to end. */
  goesAtOnce = true;
  readonly assigned: Assignment[] = [];
  readonly carriers = new Map<string, MemoryCarrier>();
  readonly aborts: unknown[][] = [];
  readonly ends: IsolateEnd[] = [];
  readonly #cause = new FirstCause();
  #resolveGone!: () => void;

  constructor(rung: 'thread' | 'process' = 'process') {
    this.rung = rung;
    this.gone = new Promise((resolve) => (this.#resolveGone = resolve));
  }

  get ended(): Promise<IsolateEnd> {
    return this.#cause.settled;
  }

  start(): Promise<IsolateIdentity> {
    return this.starts();
  }

  assign(assignment: Assignment): Promise<void> {
    this.assigned.push(assignment);
    return this.assigns();
  }

  open(spec: SessionSpec): MemoryCarrier {
    const carrier = new MemoryCarrier();
    this.carriers.set(spec.id, carrier);
    return carrier;
  }

  async abort(...call: unknown[]): Promise<void> {
    this.aborts.push(call);
  }

  async preload(agentUrl: string): Promise<WireError | null> {
    this.preloaded.push(agentUrl);
    return this.loadError;
  }

  report(): Promise<PlaceReport> {
    return this.reports();
  }

  end(cause: IsolateEnd): void {
    this.ends.push(cause);
    this.#cause.set(cause);
    if (this.goesAtOnce) this.goAway();
  }

  /** Its thread or process exists no more. */
  goAway(): void {
    this.#resolveGone();
  }

  slowSessionThreshold(thresholdMs: number): void {
    this.thresholds.push(thresholdMs);
  }
}
