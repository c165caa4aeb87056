/** What may go wrong in a soak, and on which rungs an agent can be told to do it. */
import type { Rung } from '@tenantry/core';

/** What the agent `caller` does when it is told to. */
export type AgentFault =
  | 'throws'
  | 'rejects late'
  | 'blocks'
  | 'floods messages'
  | 'floods stdout'
  | 'ignores the abort'
  | 'loops for ever'
  | 'blocks natively'
  | 'exits'
  | 'grows its heap'
  | 'grows Buffers';

export interface CallerMessage {
  readonly say?: unknown;
  readonly fault?: AgentFault;
}

/** What the shared loop survives: the others would end the process for all. */
const ANYWHERE: readonly AgentFault[] = [
  'throws',
  'rejects late',
  'blocks',
  'floods messages',
  'floods stdout',
  'ignores the abort',
];
const IN_AN_ISOLATE: readonly AgentFault[] = [
  ...ANYWHERE,
  'loops for ever',
  'blocks natively',
  'exits',
  'grows its heap',
];

export const AGENT_FAULTS: Readonly<Record<Rung, readonly AgentFault[]>> = {
  coroutine: ANYWHERE,
  thread: IN_AN_ISOLATE,
  process: [...IN_AN_ISOLATE, 'grows Buffers'],
  quarantined: [],
};
