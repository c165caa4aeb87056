/** Secrets out of plain JSON data that a program reads back: only texts change, never the shape. */
import { MASK } from './mask.js';
import { maskText, mayHoldSecret } from './mask-text.js';
import { isSecretName } from './secret-names.js';

/**
 * The JSON of a value without its secrets: every text of it as `maskText` gives it, and `[masked]`
 * where a text stands under a secret's name or behind one in a pair. Unlike `maskValue` it takes no
 * errors for errors and leaves nothing out.
 */
export function maskedLeaves(value: unknown): string {
  const json = JSON.stringify(value);
  return mayHoldSecret(json) ? JSON.stringify(leaf(JSON.parse(json), false)) : json;
}

function leaf(value: unknown, isNamed: boolean): unknown {
  if (typeof value === 'string') return isNamed && value !== '' ? MASK : maskText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const [name] = value as unknown[];
    const isPair = value.length === 2 && typeof name === 'string' && isSecretName(name);
    return value.map((one: unknown, at) => leaf(one, isPair && at === 1));
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]: [string, unknown]) => [
      name,
      leaf(one, isSecretName(name)),
    ]),
  );
}
