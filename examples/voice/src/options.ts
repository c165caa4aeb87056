/** The command line, checked. Whether the audio is usable is wav.ts's business. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { UsageError, received } from './usage-error.js';

export const USAGE = `Usage: npm start -- [options]

Streams speech in real time, as calls of three tenants, to one voice-activity agent on three rungs:
the shared loop, a thread and a child process.

  --audio DIR   folder of WAV files, 16 kHz, mono, 16 bit (default: three clips of LibriVox)
  --calls N     concurrent calls of each tenant, 1 to 1000 (default: 4)
  --seconds S   how long, 1 to 3600 (default: 15)
  --json        the result as one JSON document on stdout
  --help        this text

Example: npm start -- --calls 20 --seconds 30 --json`;

const MOST_CALLS = 1_000;
const MOST_SECONDS = 3_600;

const numberText = (pattern: RegExp, min: number, max: number, expected: string) =>
  z
    .string()
    .refine((text) => pattern.test(text) && Number(text) >= min && Number(text) <= max, expected)
    .transform(Number);

const Options = z.strictObject({
  audio: z
    .string()
    .min(1, 'a folder of WAV files')
    .prefault(fileURLToPath(new URL('../../audio', import.meta.url)))
    .transform((path) => resolve(path)),
  /** Concurrent calls of each tenant. */
  calls: numberText(/^\d+$/, 1, MOST_CALLS, `a whole number from 1 to ${MOST_CALLS}`).prefault('4'),
  seconds: numberText(
    /^\d+(\.\d+)?$/,
    1,
    MOST_SECONDS,
    `a number of seconds from 1 to ${MOST_SECONDS}`,
  ).prefault('15'),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
});
export type Options = Readonly<z.output<typeof Options>>;

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): Options {
  const values = parseFlags(argv);
  const parsed = Options.safeParse(values);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const flag = String(issue!.path[0]) as keyof typeof values;
  throw new UsageError(
    `--${flag} must be ${issue!.message}, received ${received(String(values[flag]))}.`,
  );
}

function parseFlags(argv: readonly string[]) {
  try {
    return parseArgs({
      args: withNegatives(argv),
      options: {
        audio: { type: 'string' },
        calls: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // The first sentence names what was received; the rest tells how to escape a positional.
    const [sentence] = (error as Error).message.split(/[.\n] ?/);
    throw new UsageError(`${sentence}. Try --help.`);
  }
}

/** `--calls -5` as `--calls=-5`: parseArgs takes -5 for a flag and does not say what it received. */
function withNegatives(argv: readonly string[]): string[] {
  const args: string[] = [];
  for (const arg of argv) {
    const flag = args.at(-1) ?? '';
    const isValue = /^-[\d.]/.test(arg) && /^--(?:calls|seconds)$/.test(flag);
    if (isValue) args[args.length - 1] = `${flag}=${arg}`;
    else args.push(arg);
  }
  return args;
}
