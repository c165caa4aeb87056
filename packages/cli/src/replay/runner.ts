/** Has a task done by the process that replays, whatever becomes of that process. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { TenantryError } from '@tenantry/core';
import {
  GUEST_CONDITION,
  dryRunFlags,
  fromWireError,
  type Clock,
  type Timer,
} from '@tenantry/core/internal';
import type { FindTask, FoundToReplay, ReplayReply, Replayed, RunTask } from './replay-messages.js';

const ENTRIES = {
  find: fileURLToPath(new URL('find-entry.js', import.meta.url)),
  run: fileURLToPath(new URL('replay-entry.js', import.meta.url)),
} as const;
const LAST_WORDS_CHARS = 2_000;
/** Its loop may be held by the agent for this long; a sign of life comes every second. */
const SILENT_MS = 30_000;

type Answer<Task extends FindTask | RunTask> = Task['kind'] extends 'find'
  ? FoundToReplay
  : Replayed;

/** @throws what the task failed of, TENANTRY_REPLAY_FAILED where the process ended or was blocked */
export function runTask<Task extends FindTask | RunTask>(
  task: Task,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<Answer<Task>> {
  // Where isolates are started, they have these flags and not the process that starts them.
  const runsAgent = task.kind === 'find' || task.rung === 'coroutine';
  const child = fork(ENTRIES[task.kind], [], {
    execArgv: [
      ...(task.isDryRun && runsAgent ? dryRunFlags() : []),
      ...(task.kind === 'find' ? [GUEST_CONDITION] : []),
    ],
    env: withoutNodeOptions(env),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  let lastWords = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS_CHARS);
  });
  return new Promise<Answer<Task>>((resolve, reject) => {
    let silent: Timer | undefined;
    const waitForSign = (): void => {
      silent?.cancel();
      silent = clock.after(
        SILENT_MS,
        () => reject(failed(`it was blocked for ${SILENT_MS} ms`)),
        true,
      );
    };
    waitForSign();
    child.on('message', (reply: ReplayReply) => {
      waitForSign();
      if (reply.kind === 'failed') reject(fromWireError(reply.error));
      else if (reply.kind !== 'alive') resolve(reply as Answer<Task>);
      if (reply.kind !== 'alive') silent?.cancel();
    });
    child.on('error', (error) => reject(failed(error.message)));
    child.on('close', (code, signal) => {
      silent?.cancel();
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      reject(failed(`it ended with ${how}${lastLine(lastWords)}`));
    });
    child.send(task);
  }).finally(() => child.kill('SIGKILL'));
}

function withoutNodeOptions({
  NODE_OPTIONS: _options,
  ...env
}: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}

function lastLine(words: string): string {
  const line = words.split('\n').findLast((one) => /^(?:FATAL|[A-Z]\w*Error\b)/.test(one.trim()));
  return line === undefined ? '' : `: ${line.trim()}`;
}

function failed(why: string): TenantryError {
  return new TenantryError(
    'TENANTRY_REPLAY_FAILED',
    `the process that ran the replay did not come to its end: ${why}`,
    { details: { why } },
  );
}
