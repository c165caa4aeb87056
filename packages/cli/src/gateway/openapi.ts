/**
 * The description of every route, made of what the routes are checked with. Sockets are told in
 * `docs/concepts/gateway.md`, as OpenAPI has no words for them.
 */
import { z } from 'zod';
import { ROUTE_NEEDS } from '../auth/routes.js';
import { readVersion } from '../source/version.js';
import { json, type Route } from './route.js';

type Json = Record<string, unknown>;

export function openapiRoute(routes: readonly Route[]): Route {
  const route: Route = {
    name: 'openapi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description.',
    replies: { 200: z.record(z.string(), z.unknown()) },
    serve: () => json(200, description),
  };
  const description = describeRoutes([...routes, route]);
  return route;
}

function describeRoutes(routes: readonly Route[]): Json {
  const schemas: Record<string, Json> = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route, schemas);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Tenantry gateway', version: readVersion() },
    paths,
    components: {
      schemas,
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(route: Route, schemas: Record<string, Json>): Json {
  const parameters = [
    ...[...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(route.isIdempotent === true
      ? [{ name: 'Idempotency-Key', in: 'header', required: false, schema: { type: 'string' } }]
      : []),
  ];
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.name.split('.')[0]],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(route.body === undefined ? {} : { requestBody: jsonContent(route.body, 'input', schemas) }),
    ...(ROUTE_NEEDS[route.name] === null ? { security: [] } : { security: [{ bearer: [] }] }),
    responses: Object.fromEntries(
      Object.entries(route.replies).map(([status, reply]) => [
        status,
        {
          description: Number(status) < 400 ? route.summary : 'Refused; `code` says why.',
          ...(typeof reply === 'string'
            ? { content: { [reply]: { schema: { type: 'string' } } } }
            : jsonContent(reply, 'output', schemas, mediaTypeOf(Number(status), reply))),
        },
      ]),
    ),
  };
}

function operationId({ method, path }: Route): string {
  const words = path.split(/[/:.]+/).filter((word) => word !== '' && word !== 'v1');
  const name = words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
  return method.toLowerCase() + name;
}

function mediaTypeOf(status: number, reply: z.ZodType): string {
  const isProblem = status >= 400 && reply.meta()?.id === 'Problem';
  return isProblem ? 'application/problem+json' : 'application/json';
}

function jsonContent(
  schema: z.ZodType,
  io: 'input' | 'output',
  schemas: Record<string, Json>,
  mediaType = 'application/json',
): Json {
  return { content: { [mediaType]: { schema: reference(schema, io, schemas) } } };
}

function reference(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  const id = schema.meta()?.id;
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  const { $schema: _, $defs, id: _id, ...rest } = made;
  // Schemas named inside of this one stand beside it, where references in OpenAPI point to.
  const text = JSON.stringify(rest).replaceAll('"#/$defs/', '"#/components/schemas/');
  for (const [name, inner] of Object.entries(($defs ?? {}) as Record<string, Json>)) {
    const { id: _inner, ...fields } = inner;
    schemas[name] ??= JSON.parse(
      JSON.stringify(fields).replaceAll('"#/$defs/', '"#/components/schemas/'),
    ) as Json;
  }
  const own = JSON.parse(text) as Json;
  if (id === undefined) return own;
  schemas[id] ??= own;
  return { $ref: `#/components/schemas/${id}` };
}
