/** The scrape of a monitoring system. What stands in it is left to core. */
import { metricsFormatOf } from '@tenantry/core';
import type { GatewayPool } from './ports.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';

export function metricsRoute(pool: GatewayPool): Route {
  return {
    name: 'metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Figures for Prometheus or OpenMetrics, as the header `accept` asks.',
    replies: { 200: 'text/plain', 403: Problem },
    async serve({ request }) {
      const format = metricsFormatOf(request.headers.accept);
      const { contentType, text } = await pool.metricsText({ format });
      return { kind: 'text', contentType, text };
    },
  };
}
