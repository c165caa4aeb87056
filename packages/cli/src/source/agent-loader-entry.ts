/** The process that loads the agents of a folder, says what it found, and is ended by who asked. */
import process from 'node:process';
import {
  agentFiles,
  findAgent,
  shown,
  systemClock,
  toWireError,
  type FoundAgent,
} from '@tenantry/core/internal';
import type { AgentFile, LoaderMessage, LoaderTask } from './agent-loader-message.js';
import { guardLoading } from './loading-guard.js';

const { say, exitAsked } = guardLoading<LoaderMessage>();
const { folder, only, except, loadTimeoutMs } = JSON.parse(process.argv[2]!) as LoaderTask;

try {
  const { root, files } = await agentFiles(folder);
  for (const file of files) {
    if (except.includes(file) || only?.includes(file) === false) continue;
    say({ kind: 'loading', file });
    const found = await findAgent(root, file, { clock: systemClock, loadTimeoutMs });
    // What it has thrown without anybody waiting ends this process while it is still its turn.
    await new Promise(setImmediate);
    say({ kind: 'loaded', file: rowOf(found, exitAsked()) });
  }
} catch (error) {
  say({ kind: 'failed', error: toWireError(error) });
}
say({ kind: 'done' });

/** An exit that was asked for tells more than what the module failed with afterwards. */
function rowOf(found: FoundAgent, exit: string | undefined): AgentFile {
  const { file } = found;
  if (exit !== undefined) {
    const message = `agent file ${shown(file)} did not load: ${exit}`;
    return { file, code: 'TENANTRY_AGENT_LOAD_FAILED', message };
  }
  if ('agent' in found) return { file, name: found.agent.name };
  return { file, code: found.error.code, message: found.error.message };
}
