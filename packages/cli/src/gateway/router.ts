/** Which route a request is for. */
import { TenantryError } from '@tenantry/core';
import { shown } from '@tenantry/core/internal';
import type { Route } from './route.js';

/** What may stand in a path where a name is expected: never a separator, never a dot. */
const NAME = /^[A-Za-z0-9_-]{1,128}$/;

export interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface Pattern {
  readonly segments: readonly string[];
  readonly routes: Route[];
}

export class Router {
  readonly #patterns = new Map<string, Pattern>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const pattern = this.#patterns.get(route.path);
      if (pattern !== undefined) pattern.routes.push(route);
      else this.#patterns.set(route.path, { segments: route.path.split('/'), routes: [route] });
    }
  }

  /** @throws TENANTRY_ROUTE_UNKNOWN, TENANTRY_METHOD_NOT_ALLOWED, TENANTRY_REQUEST_INVALID */
  match(method: string, path: string): Match {
    const segments = path.split('/');
    for (const pattern of this.#patterns.values()) {
      if (!isLike(pattern.segments, segments)) continue;
      // What HEAD leaves out, Node leaves out.
      const served = method === 'HEAD' ? 'GET' : method;
      const route = pattern.routes.find((each) => each.method === served);
      if (route !== undefined) return { route, params: paramsOf(pattern.segments, segments) };
      const allow = pattern.routes
        .flatMap((each) => (each.method === 'GET' ? ['GET', 'HEAD'] : [each.method]))
        .join(', ');
      throw new TenantryError(
        'TENANTRY_METHOD_NOT_ALLOWED',
        `${shown(method)} ${shown(path)}: there is ${allow}`,
        { details: { allow } },
      );
    }
    throw new TenantryError('TENANTRY_ROUTE_UNKNOWN', `nothing at ${shown(path)}`);
  }

  /** The methods at this path, for a browser that asks before it calls. */
  methodsAt(path: string): readonly string[] {
    const segments = path.split('/');
    return [...this.#patterns.values()]
      .filter((pattern) => isLike(pattern.segments, segments))
      .flatMap(({ routes }) => routes.map(({ method }) => method));
  }
}

const isParameter = (segment: string): boolean => segment.startsWith(':');

function isLike(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((segment, at) => isParameter(segment) || segment === segments[at])
  );
}

function paramsOf(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  for (const [at, segment] of pattern.entries()) {
    if (!isParameter(segment)) continue;
    const value = segments[at]!;
    if (!NAME.test(value)) {
      throw new TenantryError(
        'TENANTRY_REQUEST_INVALID',
        `path: ${shown(value)} is no name of 1 to 128 letters, digits, "-" or "_"`,
      );
    }
    params[segment.slice(1)] = value;
  }
  return params;
}
