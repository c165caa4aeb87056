/** Answers each message with all that it has seen, checkpoints after each, and can be moved alive. */
import { defineAgent, type Session } from '@tenantry/core';
import { setTimeout } from 'node:timers/promises';

interface Input {
  /** Answers to each message. */
  readonly answers?: number;
  /** Time between a message and its answer, in milliseconds. */
  readonly workMs?: number;
  /** Checkpoints only at the start, or never. */
  readonly checkpoints?: 'once' | 'never';
  /** Says nothing of being moved. */
  readonly ignoresResumed?: boolean;
}

interface State {
  runs: number;
  count: number;
  readonly seen: unknown[];
}

export default defineAgent({
  name: 'carries',
  async run(session: Session) {
    const input = (session.input ?? {}) as Input;
    const resumed = input.ignoresResumed === true ? undefined : session.resumed;
    const state: State = (resumed?.state as State | undefined) ?? { runs: 0, count: 0, seen: [] };
    state.runs += 1;
    if (input.checkpoints !== 'never') await session.checkpoint(state);
    for await (const message of session.messages) {
      state.count += 1;
      state.seen.push(message);
      if (input.workMs !== undefined) await setTimeout(input.workMs);
      for (let answer = 0; answer < (input.answers ?? 1); answer += 1) {
        await session.send({ message, count: state.count, answer, runs: state.runs });
      }
      if (input.checkpoints === undefined) await session.checkpoint(state);
    }
    return { ...state, messageCount: session.messageCount };
  },
});
