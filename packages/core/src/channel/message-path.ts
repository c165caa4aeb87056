/** Where in a message a value stands, as it is named in a refusal: `message.list[2].field`. */
import { shown } from '../errors/errors.js';

export type Key = string | number;

/** A deep path is named by its beginning and its end. */
const LONGEST_PATH = 12;

export function pathText(path: readonly Key[]): string {
  const named = path.length <= LONGEST_PATH ? path : [...path.slice(0, 6), '…', ...path.slice(-4)];
  return named.reduce<string>(
    (text, key) =>
      typeof key === 'number'
        ? `${text}[${key}]`
        : /^[A-Za-z_$][\w$]{0,40}$/.test(key)
          ? `${text}.${key}`
          : `${text}[${shown(key)}]`,
    'message',
  );
}
