/** A summary as the text that a scraper gets. */
import { METRICS_CONTENT_TYPE, type MetricsFormat } from './metrics-format.js';
import type { MetricsSummary, SummaryView } from './metrics-summary.js';
import { familiesOf } from './pool-families.js';
import { renderFamilies } from './render.js';

/** The answer to a scrape. */
export interface MetricsText {
  readonly format: MetricsFormat;
  readonly contentType: string;
  readonly text: string;
}

export function metricsText(
  summary: MetricsSummary,
  view: SummaryView,
  format: MetricsFormat,
): MetricsText {
  const text = renderFamilies(familiesOf(summary, view), format);
  return { format, contentType: METRICS_CONTENT_TYPE[format], text };
}
