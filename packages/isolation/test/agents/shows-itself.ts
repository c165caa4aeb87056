/** Tells what it can see: environment, ids, config, whose process it is in. */
import process from 'node:process';
import { threadId } from 'node:worker_threads';
import { defineAgent } from '@tenantry/core';

export default defineAgent({
  name: 'shows-itself',
  run: (session) => ({
    env: { ...process.env },
    pid: process.pid,
    threadId,
    execArgv: process.execArgv,
    id: session.id,
    tenant: session.tenant,
    agent: session.agent,
    input: session.input,
    config: session.config,
    isConfigFrozen: Object.isFrozen(session.config),
    metadata: session.metadata,
    polluted: ({} as { polluted?: unknown }).polluted ?? null,
  }),
});
