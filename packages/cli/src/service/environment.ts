/**
 * Settings out of `TENANTRY_*`: `maxConcurrentSessions` is `TENANTRY_MAX_CONCURRENT_SESSIONS`. What is
 * no plain value is written as JSON. Whether a value makes sense is left to `configuration.ts`.
 */
import type { z } from 'zod';
import { TenantryError, shown } from '@tenantry/core/internal';
import { PoolFields } from '@tenantry/core/internal/host';
import { readJson } from './json-file.js';
import { HANDED_IN, ServiceOptions } from './service-options.js';

export interface Setting {
  readonly value: unknown;
  /** The variable. */
  readonly origin: string;
}

const PREFIX = 'TENANTRY_';
/** Of ours, but no settings of a service. */
const OTHERS: ReadonlySet<string> = new Set([
  'TENANTRY_SOCKET',
  'TENANTRY_LOG_LEVEL',
  'TENANTRY_CONFIG',
]);
/** What Kubernetes gives every container for a service that is called `tenantry`. */
const FROM_KUBERNETES = /^TENANTRY_(?:SERVICE_(?:HOST|PORT)\w*|PORT_\d+_\w+)$/;

type Kind = 'number' | 'boolean' | 'text' | 'json';

const KINDS: ReadonlyMap<string, readonly [name: string, kind: Kind]> = new Map(
  Object.entries({ ...PoolFields.shape, ...ServiceOptions.shape })
    .filter(([name]) => !HANDED_IN.has(name))
    .map(([name, schema]) => [variableOf(name), [name, kindOf(schema as z.ZodType)]]),
);

/** @throws TENANTRY_OPTIONS_INVALID */
export function settingsOfEnvironment(env: NodeJS.ProcessEnv): Map<string, Setting> {
  const settings = new Map<string, Setting>();
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || text === undefined) continue;
    if (OTHERS.has(variable) || FROM_KUBERNETES.test(variable)) continue;
    const known = KINDS.get(variable);
    if (known === undefined) {
      throw refused(`${shown(variable)} is no setting of a service`, variable);
    }
    const [name, kind] = known;
    settings.set(name, { value: parsed(name, kind, text, variable), origin: variable });
  }
  return settings;
}

function parsed(name: string, kind: Kind, text: string, variable: string): unknown {
  const wrong = (expected: string, received = shown(text)): TenantryError =>
    refused(`${name}: expected ${expected}, received ${received} (from ${variable})`, variable);
  if (text.trim() === '') throw wrong('a value', 'nothing');
  switch (kind) {
    case 'text':
      return text;
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw wrong('true or false');
    case 'number': {
      const number = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
      if (Number.isFinite(number)) return number;
      throw wrong('a number');
    }
    default: {
      // Never shown: tenants' secrets may stand in it.
      const { value, twice, prototype } = jsonOf(text, () => wrong('JSON', 'something else'));
      const from = `(from ${variable})`;
      if (twice.length > 0) {
        throw refused(`${shown(`${name}.${twice[0]!.path}`)} stands twice ${from}`, variable);
      }
      if (prototype === undefined) return value;
      throw refused(`${shown(`${name}.${prototype}`)} is no setting ${from}`, variable);
    }
  }
}

function jsonOf(text: string, wrong: () => TenantryError): ReturnType<typeof readJson> {
  try {
    return readJson(text);
  } catch {
    throw wrong();
  }
}

function refused(message: string, variable: string): TenantryError {
  return new TenantryError('TENANTRY_OPTIONS_INVALID', message, { details: { variable } });
}

/** As environments are written: `memoryLimitMb` is TENANTRY_MEMORY_LIMIT_MB. */
function variableOf(name: string): string {
  return PREFIX + name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

function kindOf(schema: z.ZodType): Kind {
  const { type, innerType } = schema.def as {
    readonly type: string;
    readonly innerType?: z.ZodType;
  };
  if (innerType !== undefined) return kindOf(innerType);
  if (type === 'number' || type === 'boolean') return type;
  return type === 'string' || type === 'enum' ? 'text' : 'json';
}
