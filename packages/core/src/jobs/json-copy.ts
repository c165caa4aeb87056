/**
 * A copy of what JSON can carry, and a refusal of everything else by its path: what a job is given has
 * to be the same after a restart, so nothing is turned into something else on the way.
 */
import { types } from 'node:util';
import { TenantryError, shown } from '../errors/errors.js';

/** @throws TENANTRY_JOB_NOT_JSON */
export function jsonCopy(value: unknown, path: string, maxDepth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw notJson(path, `the number ${value}`);
    case 'object':
      if (value === null) return null;
      if (maxDepth <= 0) throw notJson(path, 'it is nested too deep');
      if (types.isProxy(value)) throw notJson(path, 'a proxy');
      return copied(value, path, maxDepth);
    default:
      throw notJson(path, value === undefined ? 'undefined' : shown(value));
  }
}

function copied(value: object, path: string, maxDepth: number): unknown {
  if (Array.isArray(value)) {
    return Array.from({ length: value.length }, (_none, index) =>
      jsonCopy(value[index], `${path}[${index}]`, maxDepth - 1),
    );
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // Of another realm too: its own prototype is the end of the chain.
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain) throw notJson(path, `a ${value.constructor?.name ?? 'class instance'}`);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (key === '__proto__') throw notJson(`${path}.__proto__`, 'a key that sets a prototype');
    const own = (value as Record<string, unknown>)[key];
    // As JSON has it: a field that is undefined is none.
    if (own !== undefined) copy[key] = jsonCopy(own, `${path}.${key}`, maxDepth - 1);
  }
  return copy;
}

function notJson(path: string, what: string): TenantryError {
  return new TenantryError('TENANTRY_JOB_NOT_JSON', `${shown(path)}: ${what}, which is no JSON`, {
    details: { path: shown(path) },
  });
}
