/** The contract of metrics files alone: for programs that read them and run no pool. */
export { METRICS_VERSION, MetricsRecord } from './metrics-record.js';
