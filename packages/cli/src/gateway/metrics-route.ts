/** The scrape of a monitoring system. What stands in it is left to core. */
import type { GatewayMetrics } from './ports.js';
import { Problem } from './problem.js';
import type { Route } from './route.js';

export function metricsRoute(metrics: GatewayMetrics): Route {
  return {
    name: 'metrics',
    method: 'GET',
    path: '/metrics',
    access: { kind: 'role', role: 'viewer' },
    summary: 'Figures for Prometheus or OpenMetrics, as the header `accept` asks.',
    replies: { 200: 'text/plain', 403: Problem },
    async serve({ request }) {
      return { kind: 'text', ...(await metrics.text(request.headers.accept ?? '')) };
    },
  };
}
