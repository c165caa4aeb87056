/** Limits of messages: the pool's defaults, with what a test says otherwise. */
import type { MessageLimits } from '@tenantry/core/internal';

export const limitsWith = (some: Partial<MessageLimits> = {}): MessageLimits => ({
  maxMessageBytes: 1_048_576,
  maxMessageDepth: 100,
  highWaterMessages: 64,
  highWaterBytes: 1_048_576,
  maxWaitingMessages: 1_024,
  maxWaitingBytes: 8_388_608,
  ...some,
});
