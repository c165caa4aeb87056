/** The process in which `noisy-neighbour.bench.ts` measures one run, told by its argument as JSON. */
import process from 'node:process';
import { measure } from './noisy/measure.js';
import type { Order } from './noisy/plan.js';

const measured = await measure(JSON.parse(process.argv[2]!) as Order);
// The offender goes on until here, and some of what it does does not end by itself.
process.send!(measured, () => process.exit(0));
