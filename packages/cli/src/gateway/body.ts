/** A request's body as plain JSON data of bounded size and depth. Its shape is left to the route. */
import type { IncomingMessage } from 'node:http';
import { TenantryError, isTenantryError } from '@tenantry/core';
import { shown } from '@tenantry/core/internal';

interface BodyBounds {
  readonly maxBodyBytes: number;
  readonly maxBodyDepth: number;
}

const JSON_TYPE = /^application\/json(?:\s*;\s*charset=(?:utf-8|"utf-8"))?\s*$/i;

/**
 * Undefined where there is none.
 * @throws TENANTRY_MEDIA_TYPE_UNSUPPORTED, TENANTRY_REQUEST_TOO_LARGE, TENANTRY_REQUEST_INVALID
 */
export async function readBody(request: IncomingMessage, bounds: BodyBounds): Promise<unknown> {
  const { headers } = request;
  const isEmpty = headers['content-length'] === '0';
  const hasBody =
    headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
  if (!hasBody || isEmpty) return undefined;
  if (!JSON_TYPE.test(headers['content-type'] ?? '')) {
    throw unsupported(`content-type ${shown(headers['content-type'])}: expected application/json`);
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw unsupported(`content-encoding ${shown(encoding)}: expected none`);
  }
  const bytes = await bytesOf(request, bounds.maxBodyBytes);
  return plainJson(textOf(bytes), bounds.maxBodyDepth);
}

function unsupported(why: string): TenantryError {
  return new TenantryError('TENANTRY_MEDIA_TYPE_UNSUPPORTED', why);
}

function invalid(why: string): TenantryError {
  return new TenantryError('TENANTRY_REQUEST_INVALID', why);
}

async function bytesOf(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): TenantryError =>
    new TenantryError('TENANTRY_REQUEST_TOO_LARGE', `body: at most ${maxBytes} bytes`, {
      details: { limit: maxBytes },
    });
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Ending the loop early must not end the connection, on which the refusal is still to be written.
    const whole = request.iterator({ destroyOnReturn: false });
    for await (const chunk of whole as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    request.resume();
    if (isTenantryError(error)) throw error;
    throw invalid('body: it did not arrive whole');
  }
  return Buffer.concat(chunks);
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('body: it is no UTF-8');
  }
}

function plainJson(text: string, maxDepth: number): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid('body: it is no JSON');
  }
  checkDepth(value, maxDepth);
  return value;
}

/** Without recursion: what is checked may be nested deeper than the stack is. */
function checkDepth(value: unknown, maxDepth: number): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== 'object' || each === null) continue;
      if (depth >= maxDepth) throw invalid(`body: nested deeper than ${maxDepth} levels`);
      if (Object.hasOwn(each, '__proto__')) throw invalid('body: the key "__proto__" is refused');
      for (const field of Object.values(each)) next.push(field);
    }
    level = next;
  }
}
