/** Whether the process answers at all. */
import { z } from 'zod';
import type { GatewayPool } from './ports.js';
import { json, type Route } from './route.js';

const Health = z
  .object({ ok: z.literal(true), state: z.enum(['created', 'running', 'draining', 'closed']) })
  .meta({ id: 'Health' });

export function healthRoutes(pool: GatewayPool): Route[] {
  return [
    {
      name: 'health',
      method: 'GET',
      path: '/healthz',
      access: { kind: 'public' },
      summary: 'Answers 200 as long as the process answers.',
      replies: { 200: Health },
      serve: () => json(200, { ok: true, state: pool.state } satisfies z.output<typeof Health>),
    },
  ];
}
