/** The two text formats a scraper may ask for, and which one it has asked for. */

export const METRICS_FORMATS = ['prometheus', 'openmetrics'] as const;
/** Prometheus text 0.0.4, or OpenMetrics 1.0. */
export type MetricsFormat = (typeof METRICS_FORMATS)[number];

export const METRICS_CONTENT_TYPE: Readonly<Record<MetricsFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** OpenMetrics only where the `Accept` header names it and does not prefer plain text. */
export function metricsFormatOf(accept: string | undefined): MetricsFormat {
  const open = weightOf(accept, 'application/openmetrics-text');
  return open > 0 && open >= weightOf(accept, 'text/plain') ? 'openmetrics' : 'prometheus';
}

function weightOf(accept: string | undefined, mediaType: string): number {
  let weight = 0;
  for (const range of (accept ?? '').split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (type !== mediaType) continue;
    const q = parameters.find((parameter) => parameter.startsWith('q='));
    const said = q === undefined ? 1 : Number(q.slice(2));
    if (said > weight) weight = said;
  }
  return weight;
}
