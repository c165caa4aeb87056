/** An isolate on a fake channel, and everything that it tells. */
import type { IsolateEnd, SessionEnd } from '@tenantry/core/internal';
import { Isolate } from '../../src/host/isolate.js';
import type { IsolateSession } from '../../src/host/isolate-session.js';
import type { GuestNotice } from '../../src/wire/messages.js';
import { FakeChannel, specOf } from './fake-channel.js';
import { ManualClock } from './manual-clock.js';
import { limitsWith } from './message-limits.js';
import { keepingLog } from './rungs.js';

const START_TIMEOUT_MS = 10_000;

export class TestIsolate {
  readonly clock = new ManualClock();
  readonly channel: FakeChannel;
  readonly isolate: Isolate;
  readonly told: unknown[] = [];
  readonly notices: GuestNotice[] = [];
  /** How each session ended, as its client was told. */
  readonly ends = new Map<string, SessionEnd[]>();

  constructor(rung: 'thread' | 'process' = 'process') {
    this.channel = new FakeChannel(rung);
    this.isolate = new Isolate(this.channel, {
      id: `${rung}-1`,
      clock: this.clock,
      log: keepingLog(),
      limits: limitsWith(),
      startTimeoutMs: START_TIMEOUT_MS,
      onNotice: (_isolate, notice) => void this.notices.push(notice),
    });
    this.isolate.listen({
      ended: (_isolate, end, lost) => void this.told.push(['ended', end, lost]),
      stuck: () => void this.told.push('stuck'),
      gone: () => void this.told.push('gone'),
    });
  }

  static async ready(rung?: 'thread' | 'process'): Promise<TestIsolate> {
    const made = new TestIsolate(rung);
    await made.isolate.start();
    return made;
  }

  /** Opens a session; its guest has not answered yet. */
  opening(id: string): Promise<IsolateSession> {
    const ends: SessionEnd[] = [];
    this.ends.set(id, ends);
    return this.isolate.open(specOf(id), 'file:///echo.js', (end) => void ends.push(end));
  }

  /** A session whose agent has been entered. */
  open(id: string): Promise<IsolateSession> {
    const opened = this.opening(id);
    this.channel.carriers.get(id)!.say({ kind: 'started' });
    return opened;
  }

  complete(id: string): void {
    const end = { reason: 'completed', result: id } as const;
    this.channel.carriers.get(id)!.say({ kind: 'ended', cost: null, end });
  }

  reasonsOf(id: string): string[] {
    return this.ends.get(id)!.map(({ reason }) => reason);
  }

  /** Ends it, so that no test leaves anything running. */
  async dispose(): Promise<void> {
    const end: IsolateEnd = { reason: 'stopped', detail: 'the test is over' };
    this.channel.goAway();
    await this.isolate.end(end);
  }
}
