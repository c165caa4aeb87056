/** An agent of jobs that writes down every time it is entered and left. */
import { defineAgent, type Agent } from '../../src/host/agent.js';

export interface Entered {
  readonly job: string;
  readonly attempt: number;
  readonly interrupted: boolean;
  readonly what: 'entered' | 'left';
}

export const agentOf = (write: (line: string) => void): Agent =>
  defineAgent({
    name: 'kept',
    async run({ job, input }) {
      const { id, attempt, interrupted } = job!;
      const note = (what: Entered['what']): void =>
        write(`${JSON.stringify({ job: id, attempt, interrupted, what })}\n`);
      note('entered');
      await new Promise((resolve) => setTimeout(resolve, (input as { n: number }).n % 4));
      note('left');
      return input;
    },
  });
