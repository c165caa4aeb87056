/** The process that replays one session, in a pool of its own. It is told what to do and ended by the command. */
import process from 'node:process';
import { AgentPool, defineAgent, type Log, type SessionRecording } from '@tenantry/core';
import {
  every,
  importAgent,
  installDryRunGuard,
  systemClock,
  toWireError,
  type AttemptFact,
  type RecordedEffect,
} from '@tenantry/core/internal';
import { fromTagged } from '@tenantry/core/internal/host';
import { isolates } from '@tenantry/isolation';
import { Feed, type FedSession } from './feed.js';
import type { ReplayReply, Replayed, RunTask } from './replay-messages.js';

const LOAD_TIMEOUT_MS = 5_000;
const SIGN_OF_LIFE_MS = 1_000;
/** Of the replay itself, which is compared with what was kept of the session. */
const KEPT = { maxEvents: 100_000, maxBytes: 15 * 1_048_576, keepEnded: 'all' } as const;

const loading = { clock: systemClock, loadTimeoutMs: LOAD_TIMEOUT_MS };
const exit = process.exit.bind(process);
const say = (reply: ReplayReply): void => void process.send?.(reply);
const attempts: AttemptFact[] = [];

process.once('disconnect', () => exit(1));
// Also what keeps this process alive while an agent awaits what never comes.
every(systemClock, SIGN_OF_LIFE_MS, () => say({ kind: 'alive' }));
process.once('message', (task: RunTask) => {
  void run(task).then(say, (error: unknown) => say({ kind: 'failed', error: toWireError(error) }));
});

async function run(task: RunTask): Promise<Replayed> {
  const { recording, rung, isDryRun } = task;
  const isOnLoop = rung === 'coroutine';
  // In isolates their own guards stand before the agent; here no code of it is loaded.
  if (isOnLoop && isDryRun) await guard();
  const loaded = isOnLoop ? await importAgent(task.url, task.url, loading) : undefined;
  // Without its schemas: what was recorded has been through them.
  const agent = defineAgent({
    name: recording.agent,
    run: (session) => loaded?.run(session),
  });
  const effects = isDryRun ? effectsOf(recording) : undefined;
  const { session: id, job } = recording;
  const replay = { session: id, isDryRun, effects, job: job ?? undefined };
  const pool = new AgentPool(optionsOf(task), { log: silent, replay });
  pool.add(agent, { url: task.url });
  await pool.start();
  const session = (await pool.open({
    tenant: recording.tenant,
    agent: recording.agent,
    input: fromTagged(recording.input),
    metadata: fromTagged(recording.metadata) as Record<string, unknown>,
  })) as FedSession;
  const stalledAt = await new Feed(session, systemClock, task.waitMs).run(recording);
  // What it is when it has been given everything; what ends it from here on is this command.
  const replayed = pool.recording(session.id)!;
  return { kind: 'replayed', recording: replayed, attempts, stalledAt };
}

function optionsOf({
  recording,
  rung,
  config,
}: RunTask): ConstructorParameters<typeof AgentPool>[0] {
  const { unresponsiveMs, messages, ...limits } = recording.limits;
  const { memoryLimitMb, memoryHardLimitMb, cpuLimitSeconds, abortGraceMs } = limits;
  const tenant = {
    isolation: rung === 'coroutine' ? 'coroutine' : 'process',
    isolate: rung === 'thread' ? 'worker_threads' : 'child_process',
    ...(memoryLimitMb === null ? {} : { memoryLimitMb }),
    ...(memoryHardLimitMb === null ? {} : { memoryHardLimitMb }),
    ...(cpuLimitSeconds === null ? {} : { cpuLimitSeconds }),
    ...(config === null ? {} : { config }),
    abortGraceMs,
    record: KEPT,
  } as const;
  return {
    isolates,
    tenants: { [recording.tenant]: tenant },
    messages,
    isolateOptions: unresponsiveMs === null ? {} : { unresponsiveMs },
    enableIntrospection: false,
    enableTenantCircuitBreaker: false,
    memoryWarnMb: 0,
  };
}

/** By name and number; their results as they were. */
function effectsOf({ events }: SessionRecording): RecordedEffect[] {
  return events.flatMap((event) => {
    if (event.kind !== 'effect') return [];
    const { name, index, outcome } = event;
    if (outcome.kind === 'result') {
      return [{ name, index, outcome: { kind: 'result', value: fromTagged(outcome.value) } }];
    }
    return [{ name, index, outcome: outcome as RecordedEffect['outcome'] }];
  });
}

async function guard(): Promise<void> {
  const guarded = await installDryRunGuard();
  guarded.hear((attempt) => attempts.push(attempt) > 0);
}

/** What an agent logs is the service's matter. */
const silent: Log = {
  level: 'silent',
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silent,
};
