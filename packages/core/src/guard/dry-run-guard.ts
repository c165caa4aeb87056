/**
 * Lets code of an agent look and not act: network, writes to files, other processes and threads are
 * refused and told. For code that means no harm: who knows what it is can get around it, and only the
 * flags that Node itself is started with stand behind it (`dry-run.ts`). Of the whole thread, for good.
 */
// The modules themselves, whose exports are replaced.
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import fs from 'node:fs';
import module from 'node:module';
import net from 'node:net';
import workerThreads from 'node:worker_threads';
import { Attempts } from './attempts.js';
import { refuseFiles } from './refused-files.js';
import { refuseNetwork } from './refused-network.js';
import { refuseProcesses } from './refused-processes.js';

/** Before any code of an agent is loaded: what that holds already, it keeps. */
export async function guardDryRun(): Promise<Attempts> {
  const attempts = new Attempts();
  await refuseFiles(attempts, fs);
  refuseNetwork(attempts, { dgram, dns, net });
  refuseProcesses(attempts, { childProcess, workerThreads });
  module.syncBuiltinESMExports();
  return attempts;
}
