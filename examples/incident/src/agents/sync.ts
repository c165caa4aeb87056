/**
 * Hands a change on to another service, and tells its client of every try. Its mistake: where that
 * service refuses, it tries again at once.
 */
import { defineAgent, type Session } from '@tenantry/core';
import { z } from 'zod';

const Input = z.strictObject({
  /** The other service refuses for so long from the start of the session. */
  downMs: z.number().min(0).max(60_000),
});

export interface Try {
  readonly attempt: number;
  readonly failed: string;
}

async function push(upAtMs: number): Promise<string> {
  if (performance.now() < upAtMs) throw new Error('503 Service Unavailable');
  return 'stored';
}

async function pushUntilStored(
  session: Session<unknown, unknown, never, Try>,
  upAtMs: number,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await push(upAtMs);
      return attempt;
    } catch (error) {
      await session.send({ attempt, failed: (error as Error).message });
    }
  }
}

export default defineAgent({
  name: 'sync',
  input: Input,
  async run(session: Session<z.output<typeof Input>, unknown, never, Try>) {
    return pushUntilStored(session, performance.now() + session.input.downMs);
  },
});
