/**
 * Lets code of an agent look and not act: network, writes to files, other processes and threads are
 * refused and told. For code that means no harm: who knows what it is can get around it, and only the
 * flags that Node itself is started with stand behind it (`dry-run.ts`). Of the whole thread, for good.
 */
import module, { createRequire } from 'node:module';
import { Attempts } from './attempts.js';
import { refuseFiles } from './refused-files.js';
import { refuseNetwork } from './refused-network.js';
import { refuseProcesses } from './refused-processes.js';

/** Before any code of an agent is loaded: what that holds already, it keeps. */
export async function guardDryRun(): Promise<Attempts> {
  const load = createRequire(import.meta.url);
  const attempts = new Attempts();
  await refuseFiles(attempts, load('node:fs') as typeof import('node:fs'));
  refuseNetwork(attempts, {
    dgram: load('node:dgram') as typeof import('node:dgram'),
    dns: load('node:dns') as typeof import('node:dns'),
    net: load('node:net') as typeof import('node:net'),
  });
  refuseProcesses(attempts, {
    childProcess: load('node:child_process') as typeof import('node:child_process'),
    workerThreads: load('node:worker_threads') as typeof import('node:worker_threads'),
  });
  module.syncBuiltinESMExports();
  return attempts;
}
