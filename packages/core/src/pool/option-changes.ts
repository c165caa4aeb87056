/**
 * What two sets of options differ in, path by path, with nothing secret in it. Which of it holds at once
 * is left to `reconfigure.ts`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { OptionChange } from '../events/runtime-event.js';
import type { ParsedPoolOptions } from './pool-options.js';

/** Handed in, or joined from others that are listed. */
const NOT_LISTED: ReadonlySet<string> = new Set(['isolates', 'agents', 'observers', 'defaults']);
const SECRET = /(?:^|\.)(?:config|env)$/;
const LONGEST_SHOWN = 200;

export function optionChanges(
  before: ParsedPoolOptions,
  after: ParsedPoolOptions,
): OptionChange[] {
  const names = Object.keys({ ...before, ...after }).filter((name) => !NOT_LISTED.has(name));
  return names.flatMap((name) => changes(name, valueOf(before, name), valueOf(after, name)));
}

function changes(path: string, before: unknown, after: unknown): OptionChange[] {
  if (isDeepStrictEqual(before, after)) return [];
  const isLeaf = SECRET.test(path) || !(isPlain(before) && isPlain(after));
  if (!isLeaf) {
    return Object.keys({ ...before, ...after }).flatMap((name) =>
      changes(`${path}.${name}`, valueOf(before, name), valueOf(after, name)),
    );
  }
  return [{ path, before: shownOption(path, before), after: shownOption(path, after) }];
}

function shownOption(path: string, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (SECRET.test(path)) return '(set)';
  if (typeof value === 'function') return '(function)';
  if (typeof value !== 'object') return value;
  const text = JSON.stringify(value, (key, inner: unknown) =>
    SECRET.test(key) ? '(set)' : inner,
  );
  return text.slice(0, LONGEST_SHOWN);
}

function valueOf(options: object, name: string): unknown {
  return Object.hasOwn(options, name) ? (options as Record<string, unknown>)[name] : undefined;
}

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
