/** How late this machine is at the moment, so that bounds of time hold what is tested to them and not the machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';

/** What Node takes to start and end with nothing to do, on a machine with nothing else to do. */
const USUAL_START_MS = 50;

/** A bound of time for this machine: longer by as much as a bare start of Node takes longer just now. */
export async function onThisMachine(boundMs: number): Promise<number> {
  const beganMs = performance.now();
  await once(spawn(process.execPath, ['--eval', ''], { stdio: 'ignore' }), 'exit');
  return boundMs * Math.max(1, (performance.now() - beganMs) / USUAL_START_MS);
}
