import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { MessageLimits } from '@tenantry/core/internal';
import type { FrameCarrier } from '../../src/wire/frame-carrier.js';
import type { Frame, FrameSignal } from '../../src/wire/messages.js';
import { SessionLink } from '../../src/wire/session-link.js';
import { limitsWith } from '../support/message-limits.js';
import { turns } from '../support/turns.js';

/** One direction of a wire: frames wait on it until they are delivered. */
class Lane {
  readonly #frames: Frame[] = [];
  onFrame: (frame: Frame) => void = () => {};

  put(frame: Frame): void {
    this.#frames.push(frame);
  }

  get isEmpty(): boolean {
    return this.#frames.length === 0;
  }

  deliver(): void {
    const frame = this.#frames.shift();
    if (frame !== undefined) this.onFrame(frame);
  }
}

const carrierOver = (out: Lane, back: Lane): FrameCarrier => ({
  post: (frame) => out.put(frame),
  listen: (onFrame) => void (back.onFrame = onFrame),
  close: () => {},
});

function joined(limits: MessageLimits): {
  sender: SessionLink;
  receiver: SessionLink;
  lanes: readonly Lane[];
  signals: FrameSignal[];
} {
  const [there, back] = [new Lane(), new Lane()];
  const signals: FrameSignal[] = [];
  const sender = new SessionLink(carrierOver(there, back), limits, () => {});
  const receiver = new SessionLink(carrierOver(back, there), limits, (s) => void signals.push(s));
  return { sender, receiver, lanes: [there, back], signals };
}

const step = fc.oneof(
  { arbitrary: fc.record({ send: fc.nat(40) }), weight: 4 },
  { arbitrary: fc.constant('consume' as const), weight: 3 },
  { arbitrary: fc.constant('deliver' as const), weight: 3 },
  { arbitrary: fc.constant('give credit' as const), weight: 2 },
  { arbitrary: fc.constant('turn' as const), weight: 2 },
);

const windows = fc.record({
  highWaterMessages: fc.integer({ min: 1, max: 64 }),
  highWaterBytes: fc.integer({ min: 1, max: 200 }),
});

describe('two session links', () => {
  test('carry everything once and in order, whatever happens in between', async () => {
    await fc.assert(
      fc.asyncProperty(windows, fc.array(step, { maxLength: 80 }), async (window, steps) => {
        const { sender, receiver, lanes, signals } = joined(limitsWith(window));
        const [sent, got]: [string[], unknown[]] = [[], []];
        const consume = async (): Promise<void> => {
          if (receiver.end.inbox.queuedCount === 0) return;
          got.push((await receiver.end.inbox.next()).value);
        };
        for (const each of steps) {
          if (each === 'consume') await consume();
          else if (each === 'deliver') lanes[0]!.deliver();
          else if (each === 'give credit') lanes[1]!.deliver();
          else if (each === 'turn') await turns();
          else {
            const text = `${sent.length}:${'x'.repeat(each.send)}`;
            sent.push(text);
            void sender.end.outbox.offer(text);
          }
        }
        sender.end.outbox.flush();
        sender.signal({ kind: 'close' });
        while (!lanes[0]!.isEmpty) lanes[0]!.deliver();
        expect(signals).toEqual([{ kind: 'close' }]);
        while (receiver.end.inbox.queuedCount > 0) await consume();
        expect(got).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });

  test('never stand still while the receiver consumes, for any window', async () => {
    await fc.assert(
      fc.asyncProperty(
        windows,
        fc.array(fc.nat(120), { minLength: 1, maxLength: 100 }),
        async (window, lengths) => {
          const { sender, receiver, lanes } = joined(limitsWith(window));
          const got: number[] = [];
          for (const length of lengths) void sender.end.outbox.offer('x'.repeat(length));
          // Each round moves everything once; one that moves nothing would move nothing for ever.
          for (let before = -1; got.length > before && got.length < lengths.length;) {
            before = got.length;
            await turns();
            while (!lanes[0]!.isEmpty) lanes[0]!.deliver();
            while (receiver.end.inbox.queuedCount > 0) {
              got.push(((await receiver.end.inbox.next()).value as string).length);
            }
            await turns();
            while (!lanes[1]!.isEmpty) lanes[1]!.deliver();
          }
          expect(got).toEqual(lengths);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('never have more under way than one message beyond the window', async () => {
    await fc.assert(
      fc.asyncProperty(windows, fc.nat(100), async (window, count) => {
        const { sender, receiver, lanes } = joined(limitsWith(window));
        for (let index = 0; index < count; index += 1) void sender.end.outbox.offer('0123456789');
        await turns();
        while (!lanes[0]!.isEmpty) lanes[0]!.deliver();
        const { receivedCount } = receiver.end.inbox;
        expect(receivedCount).toBeLessThanOrEqual(window.highWaterMessages);
        expect((receivedCount - 1) * 10).toBeLessThan(window.highWaterBytes);
      }),
    );
  });
});
