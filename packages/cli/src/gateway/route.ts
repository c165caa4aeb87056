/** What a route is: the one description that requests are matched by and `/openapi.json` is made of. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Identity } from '../auth/identity.js';
import type { RouteName } from '../auth/routes.js';

export type Method = 'GET' | 'POST' | 'DELETE';

export interface Call<Body = unknown> {
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly identity: Identity;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  /**
   * Whether the caller would be admitted now, for an answer that goes on.
   * @throws (as a rejection) what the request would be refused with
   */
  stillAdmitted(): Promise<void>;
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
  | {
      readonly kind: 'stream';
      readonly contentType: string;
      readonly begin: (response: ServerResponse) => void;
    };

export interface Route {
  readonly name: RouteName;
  readonly method: Method;
  /** Segments, of which `:name` ones are parameters. */
  readonly path: string;
  readonly summary: string;
  readonly body?: z.ZodType;
  /** Whether a repeated `Idempotency-Key` answers what the first request was answered. */
  readonly isIdempotent?: boolean;
  /** Answers by status; a text answer has its media type. */
  readonly replies: Readonly<Record<number, z.ZodType | string>>;
  /** Whoever is known may use it, whatever else the name of the route asks for. */
  readonly isForAnyone?: boolean;
  /** The tenant it is about; null: the whole pool. Left out where the request names none. */
  about?(call: Call): Promise<string | null | undefined> | string | null | undefined;
  serve(call: Call): Promise<Answer> | Answer;
}

/** A route whose body is what its schema makes of it. */
export function withBody<Schema extends z.ZodType>(
  body: Schema,
  route: Omit<Route, 'serve' | 'body' | 'about'> & {
    about?(
      call: Call<z.output<Schema>>,
    ): Promise<string | null | undefined> | string | null | undefined;
    serve(call: Call<z.output<Schema>>): Promise<Answer> | Answer;
  },
): Route {
  return { ...route, body };
}

export function json(status: number, body: unknown, headers?: Record<string, string>): Answer {
  return { kind: 'json', status, body, ...(headers === undefined ? {} : { headers }) };
}
