/** The lines of a metrics file as a reader takes them: records, and what cannot be parsed. */
import { MetricsRecord } from '../../src/metrics/metrics-record.js';

/** Any record, before its payload is looked at. */
export interface Line {
  readonly schemaVersion: number;
  readonly kind: 'snapshot' | 'event';
  readonly seq: number;
  readonly time: number;
  readonly payload: Readonly<Record<string, unknown>>;
}

export interface ReadLines {
  readonly lines: readonly Line[];
  readonly broken: readonly string[];
}

export function readLines(text: string): ReadLines {
  const lines: Line[] = [];
  const broken: string[] = [];
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      lines.push(JSON.parse(line) as Line);
    } catch {
      broken.push(line);
    }
  }
  return { lines, broken };
}

/** Every line as the schema has it: one that is broken or of another shape throws. */
export function readRecords(text: string): MetricsRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => MetricsRecord.parse(JSON.parse(line)));
}

/** How many records the overflow records say are missing. */
export function droppedIn(lines: readonly Line[]): number {
  return lines
    .filter(({ payload }) => payload['event'] === 'metrics.overflow')
    .reduce((sum, { payload }) => sum + (payload['droppedCount'] as number), 0);
}
