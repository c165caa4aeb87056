/** Whether the process answers at all, and whether it should be sent more. */
import { z } from 'zod';
import type { Clock } from '@tenantry/core';
import type { GatewayPool } from './ports.js';
import { json, type Route } from './route.js';

const Health = z
  .object({ ok: z.literal(true), state: z.enum(['created', 'running', 'draining', 'closed']) })
  .meta({ id: 'Health' });

const Ready = z
  .object({
    ready: z.boolean(),
    reasons: z
      .array(z.string())
      .describe('`descriptors`, and the reasons of the health of a pool.'),
  })
  .meta({ id: 'Readiness' });

const RETRY_AFTER_S = '5';
/** A main loop that was held for so long lets its sessions wait; one such block may be followed by more. */
const WEDGED_BLOCK_MS = 1_000;
const WEDGED_FOR_MS = 10_000;
const MAIN_LOOP = 'main';

interface Parts {
  readonly pool: GatewayPool;
  readonly clock: Clock;
  /** Whether nearly as many connections are open as may be. */
  readonly isCrowded: () => boolean;
}

export function healthRoutes({ pool, clock, isCrowded }: Parts): Route[] {
  let wedgedUntilMs = Number.NEGATIVE_INFINITY;
  pool.addObserver({
    onRuntimeEvent(event) {
      const isLong = event.kind === 'loop.blocked' && event.durationMs >= WEDGED_BLOCK_MS;
      if (isLong && event.isolate === MAIN_LOOP) wedgedUntilMs = clock.nowMs() + WEDGED_FOR_MS;
    },
  });
  const reasonsNow = (): readonly string[] => {
    const { reasons } = pool.health();
    const isWedged = clock.nowMs() < wedgedUntilMs && !reasons.includes('wedged');
    return [...reasons, ...(isWedged ? ['wedged'] : []), ...(isCrowded() ? ['descriptors'] : [])];
  };
  return [
    {
      name: 'health',
      method: 'GET',
      path: '/healthz',
      summary: 'Answers 200 as long as the process answers.',
      replies: { 200: Health },
      serve: () => json(200, { ok: true, state: pool.state } satisfies z.output<typeof Health>),
    },
    {
      name: 'health',
      method: 'GET',
      path: '/readyz',
      summary: 'Answers 200 where new sessions are welcome, otherwise 503 with the reasons.',
      replies: { 200: Ready, 503: Ready },
      serve() {
        const reasons = reasonsNow();
        if (reasons.length === 0) return json(200, { ready: true, reasons });
        return json(503, { ready: false, reasons }, { 'retry-after': RETRY_AFTER_S });
      },
    },
  ];
}
