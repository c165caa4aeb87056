/**
 * A value as JSON, or why it is none. Looked at before it is written, as `JSON.stringify` makes `{}` of a
 * Map and `null` of an infinite number or of undefined without a word. What a message may hold at all,
 * and how deep, is left to the session's channel.
 */
import { TenantryError } from '../errors/errors.js';

/** No pool takes a message that is nested deeper. */
const MOST_LEVELS = 1_000;

/**
 * A Date is carried as its ISO text, a field that is undefined is left out, as JSON does.
 * @throws TENANTRY_MESSAGE_UNCLONEABLE, TENANTRY_MESSAGE_TOO_DEEP
 */
export function jsonText(value: unknown): string {
  const found = value === undefined ? '$: undefined' : notJson(value, '$', []);
  if (found === undefined) return JSON.stringify(value);
  throw new TenantryError('TENANTRY_MESSAGE_UNCLONEABLE', `${found}; JSON cannot carry it`, {
    details: { path: found },
  });
}

/** `above`: the objects on the way to it. */
function notJson(value: unknown, path: string, above: object[]): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path}: ${value}`;
    case 'object':
      return value === null ? undefined : notJsonObject(value, path, above);
    case 'undefined':
      return `${path}: undefined`;
    default:
      return `${path}: a ${typeof value}`;
  }
}

function notJsonObject(value: object, path: string, above: object[]): string | undefined {
  if (above.includes(value)) return `${path}: a circle`;
  if (above.length >= MOST_LEVELS) {
    throw new TenantryError(
      'TENANTRY_MESSAGE_TOO_DEEP',
      `message nested deeper than ${MOST_LEVELS} levels`,
      { details: { limit: MOST_LEVELS } },
    );
  }
  above.push(value);
  const found = Array.isArray(value)
    ? notJsonArray(value, path, above)
    : notJsonFields(value, path, above);
  above.pop();
  return found;
}

function notJsonArray(
  value: readonly unknown[],
  path: string,
  above: object[],
): string | undefined {
  for (let index = 0; index < value.length; index += 1) {
    const found = notJson(value[index], path, above);
    if (found !== undefined) return found.replace(path, `${path}[${index}]`);
  }
  return undefined;
}

function notJsonFields(value: object, path: string, above: object[]): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isPlainOfAnotherRealm(value)) {
    const isDate = kindOf(value) === 'Date' && !Number.isNaN(Number(value));
    return isDate ? undefined : `${path}: a ${kindOf(value)}`;
  }
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (typeof field === 'string' || field === undefined) continue;
    const found = notJson(field, path, above);
    if (found !== undefined) return found.replace(path, `${path}.${key}`);
  }
  return undefined;
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function isPlainOfAnotherRealm(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return kindOf(value) === 'Object' && Object.getPrototypeOf(prototype) === null;
}
