/** The process that tries a configuration. What is in it is read where it is used. */
import process from 'node:process';
import { systemClock, toWireError } from '@tenantry/core/internal';
import { guardLoading } from '../source/loading-guard.js';
import { failed, importAnew } from './config-module.js';
import type { TrialMessage } from './config-trial.js';

const { say, exitAsked } = guardLoading<TrialMessage>();
const file = JSON.parse(process.argv[2]!) as string;

try {
  await importAnew(file, systemClock);
  // What it has thrown without anybody waiting ends this process.
  await new Promise(setImmediate);
  const exit = exitAsked();
  if (exit !== undefined) throw failed(file, exit);
} catch (error) {
  say({ kind: 'failed', error: toWireError(error) });
}
say({ kind: 'done' });
