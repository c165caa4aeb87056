/** A host whose files may grow no further for a while, in the middle of its work. */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { AgentPool, defineAgent } from '@tenantry/core';
import { say } from '../support/watched-host.js';
import { keepingLog, next, type LogLine } from '../support/rungs.js';

const stateDir = process.argv[2]!;
const lines: LogLine[] = [];
const echo = defineAgent({
  name: 'echo',
  async run(session) {
    for await (const message of session.messages) await session.send(message);
  },
});
const pool = new AgentPool(
  { agents: [echo], enableIntrospection: false, stateDir, tenants: { acme: {} } },
  { log: keepingLog(lines) },
);
await pool.start();
const session = await pool.open({ tenant: 'acme' });

/** Of the size of a file, as the system has it for this process. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', [`--fsize=${bytes}:unlimited`, '--pid', String(process.pid)]);
}

async function act(what: string, maxSessions: number): Promise<void> {
  const { changed, isAudited } = await pool.cap('acme', maxSessions);
  await session.send(what);
  const heard = await next(session);
  const { confinement, tenants } = await pool.snapshot();
  const told = lines
    .filter(({ msg }) => msg.startsWith('[state]'))
    .map(({ msg, errno }) => [msg, errno]);
  say(what, {
    changed,
    isAudited,
    heard,
    auditOk: confinement?.auditOk,
    cap: tenants[0]!.maxSessions,
    told,
  });
}

await act('before', 11);
limitFiles(statSync(path.join(stateDir, 'audit.jsonl')).size + 20);
await act('full', 12);
await act('still full', 13);
limitFiles('unlimited');
await act('after', 14);
await pool.close();
