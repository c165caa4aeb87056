/** Hands a change on to another service, which may refuse it. When to try again is its client's business. */
import { defineAgent, type Session } from '@tenantry/core';
import { z } from 'zod';

const Input = z.strictObject({
  /** Whether the other service is down. */
  isDown: z.boolean(),
});

export type Answer = 'stored' | 'unavailable';

async function push(isDown: boolean): Promise<void> {
  if (isDown) throw new Error('503 Service Unavailable');
}

export default defineAgent({
  name: 'sync',
  input: Input,
  async run(session: Session<z.output<typeof Input>>): Promise<Answer> {
    try {
      await push(session.input.isDown);
      return 'stored';
    } catch {
      return 'unavailable';
    }
  },
});
