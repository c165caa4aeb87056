/**
 * Keeps web pages of others out: a page that a browser on this host shows can reach a port without
 * keys, by its own requests or by a name that it makes point here.
 */
import type { IncomingMessage } from 'node:http';
import { TenantryError } from '@tenantry/core';
import { shown } from '@tenantry/core/internal';
import { isLoopback } from '../auth/address.js';
import type { GatewayOptions } from './gateway-options.js';

type Rules = Pick<GatewayOptions, 'allowedHosts' | 'allowedOrigins'>;

/**
 * RFC 9112, 3.2: without one it is not known what is asked for.
 * @throws TENANTRY_REQUEST_INVALID
 */
export function checkHost({ headers, httpVersion }: IncomingMessage): void {
  if (headers.host !== undefined || httpVersion !== '1.1') return;
  throw new TenantryError('TENANTRY_REQUEST_INVALID', 'header "host": expected one');
}

/**
 * A page of another origin may not call, and not connect.
 * @throws TENANTRY_ORIGIN_REFUSED
 */
export function checkOrigin({ headers }: IncomingMessage, rules: Rules): void {
  const { host = '', origin } = headers;
  if (origin === undefined || isAllowed(origin, host, rules)) return;
  throw new TenantryError('TENANTRY_ORIGIN_REFUSED', `pages of ${shown(origin)} may not call`);
}

/**
 * Where no credential is asked for, being called by a name of this machine stands for one.
 * @throws TENANTRY_ORIGIN_REFUSED
 */
export function checkLocalHost({ headers }: IncomingMessage, { allowedHosts }: Rules): void {
  const name = nameOf(headers.host ?? '');
  if (isLoopback(name) || allowedHosts.includes(name)) return;
  throw new TenantryError(
    'TENANTRY_ORIGIN_REFUSED',
    `host ${shown(headers.host)}: without keys it is called as localhost, or as allowedHosts says`,
  );
}

/** What a browser has to be told so that a page of another origin may read the answer. */
export function corsHeaders({ headers }: IncomingMessage, rules: Rules): Record<string, string> {
  const { origin } = headers;
  if (origin === undefined || !rules.allowedOrigins.includes(origin)) return {};
  return { 'access-control-allow-origin': origin, vary: 'origin' };
}

function isAllowed(origin: string, host: string, { allowedOrigins }: Rules): boolean {
  if (allowedOrigins.includes(origin)) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    // "null", of a sandboxed page or a file.
    return false;
  }
}

/** Without its port; of an IPv6 address with its brackets. */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

/** What a browser asks before it sends a request that a form could not. */
export function preflightHeaders(
  request: IncomingMessage,
  rules: Rules,
  methods: readonly string[],
): Record<string, string> {
  const allow = [...methods, 'OPTIONS'].join(', ');
  if (Object.keys(corsHeaders(request, rules)).length === 0) return { allow };
  return {
    allow,
    'access-control-allow-methods': allow,
    'access-control-allow-headers': 'authorization, content-type, idempotency-key, x-request-id',
    'access-control-max-age': '600',
  };
}
