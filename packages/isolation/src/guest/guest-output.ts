/** Takes over the guest's stdout and stderr: what its code prints reaches the host's log, metered. */
import process from 'node:process';
import { currentOwner, cutText } from '@tenantry/core/internal';
import type { OutputGate } from './output-gate.js';

const LONGEST_TEXT_CHARS = 16_384;

/** Replaces both streams' `write`; printing never blocks and never grows without bound. */
export function captureOutput(gate: OutputGate): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    const write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
      const whole = typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString();
      gate.pass(whole.length, () => {
        const text = cutText(whole, LONGEST_TEXT_CHARS);
        const owner = currentOwner();
        return {
          kind: 'output',
          stream,
          text,
          agent: owner?.agent ?? null,
          session: owner?.id ?? null,
          ...(text.length < whole.length ? { truncated: true } : {}),
        };
      });
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') process.nextTick(callback);
      return true;
    };
    process[stream].write = write;
  }
}
