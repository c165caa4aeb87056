/**
 * What a pool can be asked on its socket: one request line, one reply line, then the connection ends.
 * Checked by hand: the thread that listens would carry a schema library for a few shapes.
 */
import { TenantryError, shown } from '../errors/errors.js';
import { METRICS_FORMATS, type MetricsFormat } from '../exposition/metrics-format.js';
import {
  CONTROL_FIELDS,
  parseControl,
  type ControlRequest,
  type ExplainRequest,
} from './control.js';
import type { DeadLetterQuestion } from './dead-letter-request.js';
import { parseTenantId } from '../vocabulary/names.js';
import {
  PROFILE_SECONDS,
  PROFILE_TYPES,
  type ProfileOptions,
  type ProfileRequest,
} from './pool-profile.js';

export type InspectorRequest =
  | { readonly command: 'snapshot' }
  | { readonly command: 'settings' }
  /** Answered with a `MetricsText`; also while the main loop is blocked, as `health` is. */
  | { readonly command: 'metrics'; readonly format: MetricsFormat }
  /** Answered with a `PoolHealth`. */
  | { readonly command: 'health' }
  | { readonly command: 'set'; readonly setting: 'slowSessionThresholdMs'; readonly value: number }
  | ({ readonly command: 'profile' } & TargetedProfile)
  /** Null: the pool as a whole. */
  | { readonly command: 'bundle'; readonly tenant: string | null }
  | ControlRequest
  | ExplainRequest
  | DeadLetterQuestion;

/** A profile of what is named: an isolate, a session or a tenant. */
export interface TargetedProfile extends ProfileRequest {
  readonly target: string;
}

/** A request is one short line; a longer one is no request of ours. */
export const LONGEST_REQUEST_BYTES = 65_536;

/** Bounds of `slowSessionThresholdMs`, live and as an option. */
export const THRESHOLD_BOUNDS_MS = { min: 5, max: 60_000 } as const;

/** @throws TENANTRY_INSPECTOR_REQUEST_INVALID, TENANTRY_OPTIONS_INVALID, TENANTRY_TENANT_ID_INVALID */
export function parseInspectorRequest(line: string): InspectorRequest {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    json = undefined;
  }
  const request = (typeof json === 'object' ? json : null) as Record<string, unknown> | null;
  const fields = FIELDS.get(request?.['command']);
  if (fields === undefined || Object.keys(request!).some((name) => !fields.includes(name))) {
    throw new TenantryError(
      'TENANTRY_INSPECTOR_REQUEST_INVALID',
      'expected one line of JSON such as {"command":"snapshot"}',
    );
  }
  if (request!['command'] === 'set') return parseSet(request!);
  if (request!['command'] === 'profile') {
    const { target, type, seconds } = request!;
    return { command: 'profile', ...parseProfile({ target, type, seconds }) };
  }
  if (request!['command'] === 'settings') return { command: 'settings' };
  if (request!['command'] === 'metrics') return parseMetrics(request!);
  if (request!['command'] === 'health') return { command: 'health' };
  if (request!['command'] === 'bundle') return parseBundle(request!);
  return request!['command'] === 'snapshot' ? { command: 'snapshot' } : parseControl(request!);
}

/** A misspelt field is refused, not ignored. */
const FIELDS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['snapshot', ['command']],
  ['settings', ['command']],
  ['metrics', ['command', 'format']],
  ['health', ['command']],
  ['set', ['command', 'setting', 'value']],
  ['profile', ['command', 'target', 'type', 'seconds']],
  ['bundle', ['command', 'tenant']],
  ...CONTROL_FIELDS,
]);

function parseMetrics({ format = 'prometheus' }: Record<string, unknown>): InspectorRequest {
  const known = METRICS_FORMATS.find((each) => each === format);
  if (known === undefined) throw outOfBounds('format', format, METRICS_FORMATS.join(' or '));
  return { command: 'metrics', format: known };
}

function parseSet({ setting, value }: Record<string, unknown>): InspectorRequest {
  if (setting !== 'slowSessionThresholdMs') {
    throw outOfBounds('setting', setting, '"slowSessionThresholdMs"');
  }
  const { min, max } = THRESHOLD_BOUNDS_MS;
  return { command: 'set', setting, value: within(setting, value, min, max) };
}

/** @throws TENANTRY_TENANT_ID_INVALID */
function parseBundle({ tenant = null }: Record<string, unknown>): InspectorRequest {
  return { command: 'bundle', tenant: tenant === null ? null : parseTenantId(tenant) };
}

/** @throws TENANTRY_OPTIONS_INVALID */
export function parseProfile({
  target,
  type,
  seconds,
}: Readonly<Record<keyof ProfileOptions, unknown>>): TargetedProfile {
  if (typeof target !== 'string' || target === '') {
    throw outOfBounds('target', target, 'a session, tenant or isolate, or "main"');
  }
  const known = PROFILE_TYPES.find((each) => each === type);
  if (known === undefined) throw outOfBounds('type', type, '"cpu" or "heap"');
  const { min, max } = PROFILE_SECONDS;
  return { target, type: known, seconds: within('seconds', seconds, min, max) };
}

function within(name: string, value: unknown, min: number, max: number): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  throw outOfBounds(name, value, `${min} to ${max}`);
}

function outOfBounds(name: string, value: unknown, expected: string): TenantryError {
  return new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `${name}: expected ${expected}, received ${shown(value)}`,
  );
}
