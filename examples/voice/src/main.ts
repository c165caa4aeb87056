/**
 * The program: 0 for a good run, 1 for a failed one, 2 for a mistake on the command line, 130 and 143
 * for an interrupt. What it runs is told in run.ts.
 */
import process from 'node:process';
import { USAGE, parseOptions } from './options.js';
import { showProgress, toFailureText, toText } from './print.js';
import { run } from './run.js';
import { UsageError } from './usage-error.js';
import { readClips } from './wav.js';

const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const clips = await readClips(options.audio);
  // The pool's own lines about its start and end would break the progress line.
  process.env['TENANTRY_LOG_LEVEL'] ??= 'warn';

  const interrupt = new AbortController();
  let interruptCode: number | undefined;
  for (const [signal, code] of Object.entries(SIGNAL_CODES)) {
    // Once: a second signal ends the process as it would have without us.
    process.once(signal, () => {
      interruptCode ??= code;
      interrupt.abort();
    });
  }

  const result = await run(options, clips, {
    signal: interrupt.signal,
    watch: (load) => showProgress(load, process.stderr),
  });
  if (result === undefined) {
    console.error('interrupted: every call was hung up and the pool is closed');
    return interruptCode ?? 1;
  }
  console.log(options.json ? JSON.stringify(result, null, 2) : toText(result));
  if (result.failures.length > 0) console.error(`\n${toFailureText(result.failures)}`);
  return result.failures.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(isUsage ? error.message : error);
  process.exitCode = isUsage ? 2 : 1;
}
