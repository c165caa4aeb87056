/** What a route is: the one description that requests are matched by and `/openapi.json` is made of. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Identity, Role, RouteName, Scope } from './ports.js';

export type Method = 'GET' | 'POST' | 'DELETE';

/**
 * Whoever reaches the port; whoever is known; whoever has the scope; whoever administers, with at
 * least this role.
 */
export type Access =
  | { readonly kind: 'public' }
  | { readonly kind: 'known' }
  | { readonly kind: 'scope'; readonly scope: Exclude<Scope, 'admin'> }
  | { readonly kind: 'role'; readonly role: Exclude<Role, 'tenant'> };

export interface Call<Body = unknown> {
  readonly request: IncomingMessage;
  readonly requestId: string;
  /** Undefined on public routes. */
  readonly identity: Identity | undefined;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
}

export type Answer =
  | {
      readonly kind: 'json';
      readonly status: number;
      readonly body: unknown;
      readonly headers?: Readonly<Record<string, string>>;
      /** The same answer when the request is repeated under its key. */
      readonly again?: () => Answer;
    }
  | {
      readonly kind: 'text';
      readonly contentType: string;
      readonly text: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Writes itself, for as long as it takes. */
  | { readonly kind: 'stream'; readonly begin: (response: ServerResponse) => void };

export interface Route {
  readonly name: RouteName;
  readonly method: Method;
  /** Segments, of which `:name` ones are parameters. */
  readonly path: string;
  readonly access: Access;
  readonly summary: string;
  readonly body?: z.ZodType;
  /** Whether a repeated `Idempotency-Key` answers what the first request was answered. */
  readonly isIdempotent?: boolean;
  /** Answers by status; a text answer has its media type. */
  readonly replies: Readonly<Record<number, z.ZodType | string>>;
  serve(call: Call): Promise<Answer> | Answer;
}

/** A route whose body is what its schema makes of it. */
export function withBody<Schema extends z.ZodType>(
  body: Schema,
  route: Omit<Route, 'serve' | 'body'> & {
    serve(call: Call<z.output<Schema>>): Promise<Answer> | Answer;
  },
): Route {
  return { ...route, body };
}

export function json(status: number, body: unknown, headers?: Record<string, string>): Answer {
  return { kind: 'json', status, body, ...(headers === undefined ? {} : { headers }) };
}
