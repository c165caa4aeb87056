/** Runs jobs as sessions of the pool: nobody sends to them, and what they send is read and let go. */
import type { JobEnd } from '../jobs/next-step.js';
import type { JobExecutor, JobRun } from '../jobs/job-executor.js';
import { isAgent } from '../host/agent.js';
import type { ClientSession } from '../session/client-session.js';
import { parseTenantId } from '../vocabulary/names.js';
import { inputOf, openSession, type OpeningParts } from './opening.js';
import type { PoolParts } from './pool-parts.js';
import { resolveAgent } from './routing.js';

/** `opening` throws while the pool does not run. */
export function jobRunner(parts: PoolParts, opening: () => OpeningParts): JobExecutor {
  const { admission, catalog, options } = parts;
  return {
    check({ tenant: named, agent: asked, input, metadata }) {
      const tenant = parseTenantId(named);
      const agent = isAgent(asked) ? asked.name : (asked as string | undefined);
      const name = resolveAgent({ tenant, agent, metadata }, catalog, {
        router: options.router,
        acceptOnlyRegistered: options.acceptOnlyRegisteredRooms,
      });
      // Bad input is refused while somebody is there to hear it, and looked at again when it is run.
      // Then only, where its tenant is quarantined: a schema is code of the agent, on the pool's own loop.
      if (!admission.isQuarantined(tenant)) inputOf(parts, tenant, catalog.agentOf(name), input);
      return { tenant, agent: name };
    },

    async open({ tenant, agent, input, metadata, job, entering }) {
      const request = { tenant, agent, input, metadata };
      const session = await openSession(opening(), request, { job, entering });
      void letGo(session);
      return runOf(session);
    },
  };
}

function runOf(session: ClientSession): JobRun {
  return {
    done: session.close().then(({ reason, result, error, isolation, durationMs }): JobEnd => ({
      reason,
      result,
      error,
      session: session.id,
      rung: isolation,
      durationMs,
    })),
    cancel: (detail) => session.abort('cancelled', detail),
  };
}

async function letGo(session: ClientSession): Promise<void> {
  // One message at a time: an agent that sends faster waits, as with any client.
  for await (const _message of session.messages);
}
