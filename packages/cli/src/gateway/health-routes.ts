/** Whether the process answers at all, and whether it should be sent more. */
import { z } from 'zod';
import type { Clock } from '@tenantry/core';
import {
  NOT_READY_REASONS,
  readiness,
  type NotReady,
  type Readiness,
  type ReadinessRules,
} from '@tenantry/core/snapshot';
import type { GatewayPool } from './ports.js';
import { json, type Route } from './route.js';

const Health = z
  .object({ ok: z.literal(true), state: z.enum(['created', 'running', 'draining', 'closed']) })
  .meta({ id: 'Health' });

const Ready = z
  .object({
    ready: z.boolean(),
    reasons: z.array(z.object({ reason: z.enum(NOT_READY_REASONS), detail: z.string() })),
  })
  .meta({ id: 'Readiness' });

/** A snapshot of many sessions is not made for every probe of every balancer. */
const FRESH_FOR_MS = 500;
const RETRY_AFTER_S = '5';

interface Parts {
  readonly pool: GatewayPool;
  readonly clock: Clock;
  readonly rules: Partial<ReadinessRules>;
  /** What the snapshot does not say. */
  readonly also: () => readonly NotReady[];
}

export function healthRoutes({ pool, clock, rules, also }: Parts): Route[] {
  let held: { readonly value: Promise<Readiness>; readonly state: string; readonly atMs: number };
  const readinessNow = (): Promise<Readiness> => {
    const nowMs = clock.nowMs();
    // A drain is said at once, whatever was true a moment ago.
    const isFresh = held?.state === pool.state && nowMs - held.atMs < FRESH_FOR_MS;
    if (!isFresh) {
      const value = pool.snapshot().then((snapshot) => readiness(snapshot, rules));
      held = { value, state: pool.state, atMs: nowMs };
    }
    return held.value;
  };
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
    {
      name: 'health',
      method: 'GET',
      path: '/readyz',
      access: { kind: 'public' },
      summary: 'Answers 200 where new sessions are welcome, otherwise 503 with the reasons.',
      replies: { 200: Ready, 503: Ready },
      async serve() {
        const { reasons } = await readinessNow();
        const all = [...reasons, ...also()];
        if (all.length === 0) return json(200, { ready: true, reasons: [] });
        return json(503, { ready: false, reasons: all }, { 'retry-after': RETRY_AFTER_S });
      },
    },
  ];
}
