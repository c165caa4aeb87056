/** Options as a flat list of paths and printable values, in which nothing secret stands. */
import { maskText } from '../secrets/mask-text.js';

/** What stands at these paths is a tenant's own business, or no setting a person could read. */
const UNPRINTABLE = /(?:^|\.)(?:config|env)(?:\.|$)/;
const LONGEST_VALUE = 200;
/** Handed in rather than set, and the joined form of what is listed already. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['defaults', 'isolates', 'agents', 'observers']);

/** Of every leaf, in the order of the options. */
export function optionPaths(options: object, prefix = ''): Map<string, unknown> {
  const found = new Map<string, unknown>();
  for (const [name, value] of Object.entries(options)) {
    const path = prefix === '' ? name : `${prefix}.${name}`;
    if (value === undefined) continue;
    if (!isPlain(value) || UNPRINTABLE.test(path)) found.set(path, value);
    else for (const [inner, leaf] of optionPaths(value, path)) found.set(inner, leaf);
  }
  return found;
}

/** The same of what a person sets. */
export function settingPaths(options: object): Map<string, unknown> {
  return optionPaths(
    Object.fromEntries(Object.entries(options).filter(([name]) => !NO_SETTINGS.has(name))),
  );
}

export function printedOption(path: string, value: unknown): string {
  if (value === undefined || value === null) return 'none';
  if (UNPRINTABLE.test(path)) return '(set)';
  if (typeof value === 'function') return '(function)';
  if (value === Number.POSITIVE_INFINITY) return 'none';
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `${value.length} given`;
  return maskText(JSON.stringify(value)).slice(0, LONGEST_VALUE);
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
