/** Takes over the guest's stdout and stderr: what its code prints reaches the host's log, metered. */
import process from 'node:process';
import type { GuestNotice } from '../wire/messages.js';
import { OutputMeter } from './output-meter.js';

const DROP_REPORT_INTERVAL_MS = 1_000;

/** Replaces both streams' `write`; printing never blocks and never grows without bound. */
export function captureOutput(
  maxBytesPerSecond: number,
  tell: (notice: GuestNotice) => void,
): OutputMeter {
  const meter = new OutputMeter(maxBytesPerSecond, () => performance.now());
  for (const stream of ['stdout', 'stderr'] as const) {
    const write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
      const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString();
      if (meter.pass(text.length)) {
        tell({ kind: 'output', stream, text, droppedBytes: meter.takeDropped() });
      }
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') process.nextTick(callback);
      return true;
    };
    process[stream].write = write;
  }
  setInterval(() => {
    const droppedBytes = meter.takeDropped();
    if (droppedBytes > 0) tell({ kind: 'output', stream: 'stdout', text: '', droppedBytes });
  }, DROP_REPORT_INTERVAL_MS).unref();
  return meter;
}
