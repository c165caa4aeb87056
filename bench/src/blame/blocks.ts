/**
 * Seven ways to hold a loop. Each block lies between a pair of marks, which is how the bench knows
 * where it is, in the source as well as in what it compiles to. How long they take is up to an amount,
 * which `calibrate` makes of milliseconds.
 */
import { execFileSync, execSync } from 'node:child_process';
import { pbkdf2Sync } from 'node:crypto';
import { readFileSync } from 'node:fs';

export const JS_KINDS = ['loop', 'regex', 'sort', 'storm'] as const;
const NATIVE_KINDS = ['json', 'crypto', 'exec'] as const;
export const KINDS = [...JS_KINDS, ...NATIVE_KINDS] as const;
export type Kind = (typeof KINDS)[number];

/** Of the loops: until when. Of the others: how many characters, items, rounds or seconds. */
type Block = (amount: number) => unknown;

/* begin:loop */
function loop(amount: number): number {
  const endMs = performance.now() + amount;
  let sum = 0;
  while (performance.now() < endMs) sum += Math.sqrt(sum + 1);
  return sum;
}
/* end:loop */

/* begin:regex */
function regex(amount: number): boolean {
  return /^a*a*a*b/.test('a'.repeat(amount));
}
/* end:regex */

/* begin:sort */
function sort(amount: number): number {
  const values = Array.from({ length: amount }, (_, index) => (index * 7_919) % 100_003);
  values.sort((a, b) => Math.sqrt(a) - Math.sqrt(b));
  return values[0]!;
}
/* end:sort */

/* begin:storm */
async function storm(amount: number): Promise<number> {
  const endMs = performance.now() + amount;
  let turns = 0;
  while (performance.now() < endMs) {
    turns += await Promise.resolve(turns);
    turns = (turns + 1) % 1_000;
  }
  return turns;
}
/* end:storm */

/* begin:json */
function json(amount: number): number {
  return (JSON.parse(textOf(amount)) as unknown[]).length;
}
/* end:json */

/* begin:crypto */
function crypto(amount: number): Buffer {
  return pbkdf2Sync('password', 'salt', amount, 32, 'sha256');
}
/* end:crypto */

/* begin:exec */
function exec(amount: number): Buffer {
  return execSync(`sleep ${amount}`);
}
/* end:exec */

export const BLOCKS: Readonly<Record<Kind, Block>> = {
  loop,
  regex,
  sort,
  storm,
  json,
  crypto,
  exec,
};

const ITEM = '{"id":"abcdefgh","text":"the quick brown fox jumps","n":[1,2,3.5]},';
/** So many sizes of text, made beforehand: to make one is a block of its own. */
const TEXT_STEPS = 5;
const texts = new Map<number, string>();

function textOf(amount: number): string {
  return texts.get(amount)!;
}

function textOfItems(count: number): string {
  return `[${ITEM.repeat(Math.round(count))}0]`;
}

const LONGEST_MS = 400;
/** The median of so many runs after the first one, which compiles. */
const RUNS = 5;

/** Of each kind, the amount that takes so many milliseconds here, as far as that can be told. */
export function calibrate(): (kind: Kind, ms: number) => number {
  const regexMs = timed(() => regex(500));
  const sortMs = timed(() => sort(100_000));
  const cryptoMs = timed(() => crypto(100_000));
  const execMs = timed(() => execFileSync('true'));
  let itemsPerMs = 500;
  for (let step = 1; step <= TEXT_STEPS; step += 1) {
    const targetMs = (LONGEST_MS * step) / TEXT_STEPS;
    const sample = textOfItems(itemsPerMs * targetMs);
    // What is parsed has to be collected: a text twice as long takes more than twice as long.
    itemsPerMs *= targetMs / timed(() => JSON.parse(sample) as unknown);
    texts.set(step, textOfItems(itemsPerMs * targetMs));
  }
  const amounts: Readonly<Record<Kind, (ms: number) => number>> = {
    loop: (ms) => ms,
    storm: (ms) => ms,
    regex: (ms) => Math.round(500 * Math.cbrt(ms / regexMs)),
    sort: (ms) => Math.round((100_000 * ms) / sortMs),
    crypto: (ms) => Math.round((100_000 * ms) / cryptoMs),
    json: (ms) => Math.max(1, Math.round((ms / LONGEST_MS) * TEXT_STEPS)),
    exec: (ms) => Math.max(1, ms - execMs) / 1_000,
  };
  return (kind, ms) => amounts[kind](ms);
}

function timed(run: () => unknown): number {
  const lengthsMs: number[] = [];
  for (let index = 0; index <= RUNS; index += 1) {
    const startMs = performance.now();
    run();
    if (index > 0) lengthsMs.push(performance.now() - startMs);
  }
  return lengthsMs.sort((a, b) => a - b)[RUNS >> 1]!;
}

export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/** Where each kind's block is in a file that holds the marks: this one or what it compiles to. */
export function rangesIn(file: string): ReadonlyMap<Kind, LineRange> {
  const lines = readFileSync(file, 'utf8').split('\n');
  const lineOf = (mark: string): number => lines.indexOf(mark) + 1;
  return new Map(
    KINDS.map((kind) => [
      kind,
      { first: lineOf(`/* begin:${kind} */`), last: lineOf(`/* end:${kind} */`) },
    ]),
  );
}
