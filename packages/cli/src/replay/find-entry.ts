/** The process that looks for the agent of a recording. It is told what to do and ended by the command. */
import process from 'node:process';
import type { Agent } from '@tenantry/core';
import {
  TenantryError,
  cloneMessage,
  every,
  findAgents,
  installDryRunGuard,
  shown,
  systemClock,
  toWireError,
} from '@tenantry/core/internal';
import type { FindTask, FoundToReplay, ReplayReply } from './replay-messages.js';

const LOAD_TIMEOUT_MS = 5_000;
const SIGN_OF_LIFE_MS = 1_000;
/** Whether it is too large is the pool's to say. */
const ANY_SIZE = { maxMessageBytes: Number.POSITIVE_INFINITY, maxMessageDepth: 1_000 };

const loading = { clock: systemClock, loadTimeoutMs: LOAD_TIMEOUT_MS };
const exit = process.exit.bind(process);
const say = (reply: ReplayReply): void => void process.send?.(reply);

process.once('disconnect', () => exit(1));
// Also what keeps this process alive while a module awaits what never comes.
every(systemClock, SIGN_OF_LIFE_MS, () => say({ kind: 'alive' }));
process.once('message', (task: FindTask) => {
  void find(task).then(say, (error: unknown) => say({ kind: 'failed', error: toWireError(error) }));
});

async function find(task: FindTask): Promise<FoundToReplay> {
  if (task.isDryRun) await installDryRunGuard();
  const only = task.file === null ? {} : { only: task.file };
  const found = await findAgents(task.folder, { ...loading, ...only });
  const match = found.find((one) => 'agent' in one && one.agent.name === task.agent);
  if (match !== undefined && 'agent' in match) {
    const { url, agent } = match;
    return { kind: 'found', url, ...parsedBy(agent, task.input) };
  }
  const failed = found.find((one) => 'error' in one);
  if (failed !== undefined && 'error' in failed) throw failed.error;
  throw new TenantryError(
    'TENANTRY_REPLAY_AGENT_MISSING',
    `no file of ${shown(task.folder)} has the agent "${task.agent}"`,
  );
}

function parsedBy(
  { input: schema }: Agent,
  input: unknown,
): Pick<FoundToReplay, 'refused' | 'input'> {
  const result = schema?.safeParse(input);
  if (result === undefined) return { refused: null, input };
  if (result.success) return { refused: null, input: cloneMessage(result.data, ANY_SIZE).value };
  const issues = result.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'input'}: ${message}`,
  );
  return { refused: issues.join('; '), input: null };
}
