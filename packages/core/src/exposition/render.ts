/**
 * Pure: families as text, in Prometheus 0.0.4 or OpenMetrics 1.0. Knows no metric by name; a family
 * whose name has come before, or that has no sample, is left out, as two of one name are an error.
 */
import type { HistogramSample, MetricFamily, MetricLabels } from './metric-family.js';
import type { MetricsFormat } from './metrics-format.js';

export function renderFamilies(families: Iterable<MetricFamily>, format: MetricsFormat): string {
  const known = new Set<string>();
  const lines: string[] = [];
  for (const family of families) {
    if (family.samples.length === 0 || known.has(family.name)) continue;
    known.add(family.name);
    head(family, format, lines);
    if (family.type === 'histogram') {
      for (const sample of family.samples) histogram(family.name, sample, format, lines);
    } else {
      const name = sampleName(family);
      for (const { labels, value } of family.samples) {
        lines.push(`${name}${written(labels)} ${numeral(value)}`);
      }
    }
  }
  if (format === 'openmetrics') lines.push('# EOF');
  lines.push('');
  return lines.join('\n');
}

/** OpenMetrics describes families, Prometheus the samples; the latter knows no `info` and no unit. */
function head(family: MetricFamily, format: MetricsFormat, lines: string[]): void {
  const isOpen = format === 'openmetrics';
  const name = isOpen ? family.name : sampleName(family);
  const type = !isOpen && family.type === 'info' ? 'gauge' : family.type;
  lines.push(`# HELP ${name} ${escapedHelp(family.help, isOpen)}`, `# TYPE ${name} ${type}`);
  if (isOpen && family.unit !== undefined) lines.push(`# UNIT ${name} ${family.unit}`);
}

function sampleName({ name, type }: MetricFamily): string {
  if (type === 'counter') return `${name}_total`;
  return type === 'info' ? `${name}_info` : name;
}

function histogram(
  name: string,
  { labels, buckets, sum, count }: HistogramSample,
  format: MetricsFormat,
  lines: string[],
): void {
  const all = [...buckets, { upTo: Number.POSITIVE_INFINITY, count }];
  for (const { upTo, count: within } of all) {
    // OpenMetrics compares bounds as text: a whole number has one spelling, with its fraction.
    const le = format === 'openmetrics' && Number.isInteger(upTo) ? upTo.toFixed(1) : numeral(upTo);
    lines.push(`${name}_bucket${written({ ...labels, le })} ${numeral(within)}`);
  }
  lines.push(`${name}_sum${written(labels)} ${numeral(sum)}`);
  lines.push(`${name}_count${written(labels)} ${numeral(count)}`);
}

function written(labels: MetricLabels | undefined): string {
  if (labels === undefined) return '';
  let text = '';
  for (const name in labels) {
    text += `${text === '' ? '{' : ','}${name}="${escapedLabel(labels[name]!)}"`;
  }
  return text === '' ? '' : `${text}}`;
}

/** What may not stand in a quoted value as it is. */
const IN_LABELS = /[\\"\n\r]/;

function escapedLabel(value: string): string {
  if (!IN_LABELS.test(value)) return value;
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\r', ' ')
    .replaceAll('\n', '\\n');
}

function escapedHelp(help: string, isOpen: boolean): string {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\r', ' ').replaceAll('\n', '\\n');
  return isOpen ? text.replaceAll('"', '\\"') : text;
}

function numeral(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}
