/** The worker of `piscina.ts`. */
import { workerData } from 'node:worker_threads';
import { Detector } from '../detector.js';
import { OFFENCES } from '../offences.js';
import type { Task } from './piscina.js';

const saidAt = workerData as Float64Array;
/** A call's frames go to any worker, and each has its own detector for it. */
const detectors = new Map<number, Detector>();

export default async function run(task: Task): Promise<boolean | undefined> {
  if (task === 'message') return undefined;
  if ('kind' in task) {
    await OFFENCES[task.kind]({
      async say() {
        saidAt[0] ||= Date.now();
      },
      async send() {},
    });
    return undefined;
  }
  let detector = detectors.get(task.call);
  if (detector === undefined) detectors.set(task.call, (detector = new Detector()));
  return detector.isVoiced(task.pcm);
}
