/**
 * Frames of a stack as places in the user's own code: which frame says most, and where its
 * source is. How the frames are got is left to `stack-capture.ts`.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { ProbedFrame } from '../attribution/turn-probe.js';
import type { CodePlace } from '../snapshot/figures.js';

const MOST_FRAMES = 10;
const MOST_MAPS = 256;
/** Our own packages, wherever they lie: their frames are how the user's code was called. */
const RUNTIME = [
  new URL('../', import.meta.url).href,
  // Beside it in a checkout and under node_modules alike.
  new URL('../../../../isolation/dist/src/', import.meta.url).href,
];
const MAP_COMMENT = /\/\/# sourceMappingURL=(\S+)\s*$/;

/** Frames of Node's that say nothing of what the code below them called. */
const BETWEEN_CALLS = /^node:(?:internal\/)?(?:async_hooks|async_local_storage|process\/|timers)/;

/**
 * The innermost frame of the user's own code that runs; of a library that it calls where there is
 * none, of a function that waits where only that is the user's.
 */
export function blamed(frames: readonly ProbedFrame[]): ProbedFrame | undefined {
  const foreign = frames.filter(({ url }) => isForeign(url));
  const running = foreign.filter(({ isAsync }) => !isAsync);
  return [...running, ...foreign].find(isOwnCode) ?? running[0] ?? foreign[0];
}

/**
 * Whether a function of Node's that was called for what it does is under way. One alone may only be
 * entered, by the next line: V8 looks up where a function begins. Two are in the middle of the outer.
 */
export function isInsideCall(frames: readonly ProbedFrame[]): boolean {
  // The probe itself is evaluated on top of the stack, without a file.
  const [inner, outer] = frames[0]?.url === '' ? frames.slice(1) : frames;
  return inner !== undefined && outer !== undefined && [inner, outer].every(isWorking);
}

function isWorking({ url }: ProbedFrame): boolean {
  return url.startsWith('node:') && !BETWEEN_CALLS.test(url);
}

/** Innermost first; frames of Node and of this runtime are left out. */
export function toStack(frames: readonly ProbedFrame[]): CodePlace[] {
  return frames
    .filter(({ url }) => isForeign(url))
    .slice(0, MOST_FRAMES)
    .map(toPlace);
}

export function toPlace(frame: ProbedFrame): CodePlace {
  const generated = { file: frame.url, line: frame.line };
  const original = originalOf(frame.url, frame.line - 1, frame.column - 1) ?? generated;
  return {
    function: frame.functionName === '' ? '(anonymous)' : frame.functionName,
    file: shortened(original.file),
    line: original.line,
  };
}

function isOwnCode({ url }: ProbedFrame): boolean {
  return !url.includes('/node_modules/');
}

function isForeign(url: string): boolean {
  return (
    url.includes('/') && !url.startsWith('node:') && !RUNTIME.some((own) => url.startsWith(own))
  );
}

/** As a person would name it: from where the service was started. */
function shortened(file: string): string {
  const absolute = file.startsWith('file:') ? fileURLToPath(file) : file;
  const relative = path.relative(process.cwd(), absolute);
  return relative === '' || relative.startsWith('..') ? absolute : relative;
}

const maps = new Map<string, SourceMap | undefined>();

function originalOf(
  url: string,
  line: number,
  column: number,
): { file: string; line: number } | undefined {
  if (!maps.has(url)) {
    if (maps.size >= MOST_MAPS) maps.clear();
    maps.set(url, readMap(url));
  }
  const entry = maps.get(url)?.findEntry(line, column);
  // An empty object where the map has nothing there.
  if (entry === undefined || !('originalSource' in entry)) return undefined;
  return { file: new URL(entry.originalSource, url).href, line: entry.originalLine + 1 };
}

/** A file without a map, or with one that cannot be read, is its own source. */
function readMap(url: string): SourceMap | undefined {
  try {
    const [, named] = MAP_COMMENT.exec(readFileSync(fileURLToPath(url), 'utf8')) ?? [];
    if (named === undefined) return undefined;
    const text = named.startsWith('data:')
      ? Buffer.from(named.slice(named.indexOf(',') + 1), 'base64').toString()
      : readFileSync(new URL(named, url), 'utf8');
    return new SourceMap(JSON.parse(text) as ConstructorParameters<typeof SourceMap>[0]);
  } catch {
    return undefined;
  }
}
