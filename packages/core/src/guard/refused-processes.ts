/** Other processes and threads, refused: to start them, and to signal them. */
import type childProcess from 'node:child_process';
import process from 'node:process';
import type workerThreads from 'node:worker_threads';
import type { Attempts } from './attempts.js';
import { refuse, refuseToMake, textOf } from './refusals.js';

export interface ProcessModules {
  readonly childProcess: typeof childProcess;
  readonly workerThreads: typeof workerThreads;
}

const STARTS = [
  'exec',
  'execFile',
  'fork',
  'spawn',
  'execSync',
  'execFileSync',
  'spawnSync',
] as const;

export function refuseProcesses(attempts: Attempts, modules: ProcessModules): void {
  for (const name of STARTS) {
    const call = { name, as: `child_process.${name}`, style: 'throws' } as const;
    refuse(attempts, modules.childProcess, call, ([command]) => programOf(command));
  }
  // What `cluster` and others start by, which have their own references.
  refuse(
    attempts,
    modules.childProcess.ChildProcess.prototype,
    { name: 'spawn', as: 'child_process.spawn', style: 'throws' },
    ([options]) => programOf((options as { file?: unknown } | undefined)?.file),
  );
  refuseToMake(attempts, modules.workerThreads, 'Worker', 'worker_threads.Worker');
  // To itself it is its own end, which a replay is to see.
  refuse(attempts, process, { name: 'kill', as: 'process.kill', style: 'throws' }, ([pid]) =>
    pid === process.pid ? undefined : `process ${textOf(pid)}`,
  );
}

/** Its arguments may be secret. */
function programOf(command: unknown): string {
  return textOf(command).trim().split(/\s/, 1)[0] ?? '';
}
