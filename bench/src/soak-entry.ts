/**
 * `npm run soak -- [--minutes N] [--seed S] [--talks N] [--chart FILE] [--json] [--keep]`: only here argv,
 * stdout and the exit code are touched. 0: all flat and accounted for; 1: not; 2: wrong usage.
 */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { toTable } from './print.js';
import { drawSoak } from './soak/chart.js';
import { HEAD, rowsOf, toReport, wordsOf } from './soak/report.js';
import { soak } from './soak/run.js';
import { SoakService } from './soak/service.js';

const USUAL_MINUTES = '10';
const USUAL_TALKS = '30';
const USUAL_CHART = 'docs/images/soak.svg';

async function main(): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        minutes: { type: 'string', default: USUAL_MINUTES },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        talks: { type: 'string', default: USUAL_TALKS },
        chart: { type: 'string', default: USUAL_CHART },
        json: { type: 'boolean', default: false },
        keep: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return refuse((error as Error).message);
  }
  const [minutes, seed, talks] = [values.minutes, values.seed, values.talks].map(Number);
  if (!(minutes! > 0) || !Number.isInteger(seed) || !Number.isInteger(talks) || talks! < 1) {
    return refuse(
      '--minutes is a positive number, --seed a whole one, --talks a positive whole one',
    );
  }
  const plan = { minutes: minutes!, seed: seed!, talks: talks! };
  console.error(`soak: ${minutes} minutes, --seed ${seed}`);
  const service = await SoakService.start();
  try {
    const run = await soak(service, plan);
    const report = toReport(plan, run);
    const measuredOn = `Node ${process.version}, ${os.availableParallelism()} cores, ${minutes} minutes, seed ${seed}`;
    await writeFile(values.chart, drawSoak(run.series, measuredOn));
    if (values.json)
      console.log(JSON.stringify({ bench: 'soak', node: process.version, ...report }));
    else console.log([toTable(HEAD, rowsOf(report)), ...wordsOf(report), measuredOn].join('\n'));
    return report.problems.length === 0 ? 0 : 1;
  } finally {
    service.signal('SIGKILL');
    if (values.keep) console.error(`soak: kept in ${service.folder}`);
    else await service.remove();
  }
}

function refuse(why: string): number {
  console.error(`soak: ${why}`);
  return 2;
}

process.exitCode = await main();
