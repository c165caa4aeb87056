/** The process that loads the agents of a folder, says what it found, and is ended by who asked. */
import process from 'node:process';
import {
  every,
  findAgents,
  systemClock,
  toWireError,
  type FoundAgent,
} from '@tenantry/core/internal';
import type { AgentFile, LoaderMessage } from './agent-loader-message.js';

/** As a pool's by default. */
const LOAD_TIMEOUT_MS = 5_000;
const SIGN_OF_LIFE_MS = 1_000;

const exit = process.exit.bind(process);
const say = (message: LoaderMessage): void => void process.send?.(message);

// Also what keeps this process alive while a module awaits what never comes.
process.once('disconnect', () => exit(1));
every(systemClock, SIGN_OF_LIFE_MS, () => say({ kind: 'alive' }));
process.exit = (code) => {
  throw new Error(`it called process.exit(${code ?? ''})`);
};

try {
  const options = { clock: systemClock, loadTimeoutMs: LOAD_TIMEOUT_MS };
  say({ kind: 'found', files: toFiles(await findAgents(process.argv[2]!, options)) });
} catch (error) {
  say({ kind: 'failed', error: toWireError(error) });
}

/** A pool refuses the second agent of a name, so a list that calls it good would be wrong. */
function toFiles(found: readonly FoundAgent[]): AgentFile[] {
  const fileOf = new Map<string, string>();
  return found.map((one) => {
    const { file } = one;
    if ('error' in one) return { file, code: one.error.code, message: one.error.message };
    const { name } = one.agent;
    const first = fileOf.get(name);
    if (first === undefined) {
      fileOf.set(name, file);
      return { name, file };
    }
    return {
      file,
      code: 'TENANTRY_AGENT_DUPLICATE',
      message: `agent file "${file}": agent "${name}" is defined by "${first}" already`,
    };
  });
}
