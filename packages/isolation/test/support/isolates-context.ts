/** What a pool gives its isolates, and fake channels instead of threads and children. */
import type {
  Clock,
  IsolateOptions,
  IsolatesContext,
  TenantSettings,
} from '@tenantry/core/internal';
import type { RuntimeEvent } from '@tenantry/core';
import type { MakeChannel } from '../../src/supervisor/isolate-factory.js';
import { FakeChannel } from './fake-channel.js';
import { ManualClock } from './manual-clock.js';
import { limitsWith } from './message-limits.js';
import { keepingLog, type LogLine } from './rungs.js';

export const RESTART = {
  initialMs: 1_000,
  factor: 2,
  maxMs: 60_000,
  intensity: 5,
  periodMs: 60_000,
  stableMs: 60_000,
  quarantineMs: 300_000,
};

export const settingsWith = (some: Partial<TenantSettings> = {}): TenantSettings => ({
  isolation: 'process',
  isolate: 'child_process',
  isolateScope: 'tenant',
  maxSessions: 10,
  rateLimit: null,
  weight: 1,
  breaker: null,
  config: undefined,
  memoryLimitMb: null,
  memoryHardLimitMb: null,
  cpuLimitSeconds: null,
  softLimitRatio: 0.9,
  env: {},
  maxDurationMs: null,
  idleTimeoutMs: null,
  abortGraceMs: 1_000,
  record: null,
  escalation: {},
  ...some,
});

const OPTIONS: IsolateOptions = {
  spareIsolates: 0,
  maxIsolates: 64,
  isolateIdleMs: 60_000,
  startTimeoutMs: 10_000,
  unresponsiveMs: 5_000,
  callTimeoutMs: 2_000,
  reportIntervalMs: 1_000,
  maxGhosts: 8,
  maxOutputBytesPerSecond: 65_536,
  restart: RESTART,
};

export class TestContext implements IsolatesContext {
  readonly manual = new ManualClock();
  readonly clock: Clock = this.manual;
  readonly lines: LogLine[] = [];
  readonly log = keepingLog(this.lines);
  readonly limits = limitsWith();
  readonly options: IsolateOptions;
  readonly spareSettings: readonly TenantSettings[];
  readonly events: RuntimeEvent[] = [];
  readonly emit = (event: RuntimeEvent): void => void this.events.push(event);
  readonly introspection = undefined;
  readonly isDryRun = false;
  readonly channels: FakeChannel[] = [];
  /** Changes a channel before it starts. */
  prepare: (channel: FakeChannel) => void = () => {};

  constructor(options: Partial<IsolateOptions> = {}, spareSettings: TenantSettings[] = []) {
    this.options = { ...OPTIONS, ...options };
    this.spareSettings = spareSettings;
  }

  readonly makeChannel: MakeChannel = (rung) => {
    const channel = new FakeChannel(rung);
    this.channels.push(channel);
    this.prepare(channel);
    return channel;
  };

  moduleOf(agent: string): { url: string } {
    return { url: `file:///${agent}.js` };
  }

  kinds(): string[] {
    return this.events.map(({ kind }) => kind);
  }
}
