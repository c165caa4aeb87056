/**
 * A message as JSON, or why it is none. Looked at before it is written, as `JSON.stringify` makes `{}`
 * of a Map and `null` of an infinite number without a word. What a message may hold at all, and how
 * deep, is left to the session's channel.
 */
import { TenantryError } from '../errors/errors.js';

/** Undefined where the value itself is undefined. @throws TENANTRY_MESSAGE_UNCLONEABLE */
export function jsonText(value: unknown): string | undefined {
  const found = notJson(value, '$');
  if (found === undefined) return JSON.stringify(value);
  throw new TenantryError('TENANTRY_MESSAGE_UNCLONEABLE', `${found}; JSON cannot carry it`, {
    details: { path: found },
  });
}

/** A Date is carried as its ISO text, a field that is undefined is left out, as JSON does. */
function notJson(value: unknown, path: string): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${path}: ${value}`;
    case 'object':
      return value === null ? undefined : notJsonObject(value, path);
    default:
      return `${path}: a ${typeof value}`;
  }
}

function notJsonObject(value: object, path: string): string | undefined {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const found = notJson(value[index], path);
      if (found !== undefined) return found.replace(path, `${path}[${index}]`);
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isPlainOfAnotherRealm(value)) {
    return kindOf(value) === 'Date' ? undefined : `${path}: a ${kindOf(value)}`;
  }
  for (const key in value) {
    const field = (value as Record<string, unknown>)[key];
    if (typeof field === 'string') continue;
    const found = notJson(field, path);
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
