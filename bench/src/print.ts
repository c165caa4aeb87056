/** Results as text: one JSON line, or tables with each target beside what was measured. */
import Table from 'cli-table3';
import { isReached, rounded, type Bench, type Results, type Target } from './bench.js';

export function toJsonLine(bench: string, results: Results): string {
  const figures = Object.entries(results).map(([key, value]) => [key, rounded(value)]);
  return JSON.stringify({ bench, node: process.version, results: Object.fromEntries(figures) });
}

export function toTables(bench: Bench, results: Results, notes: readonly string[]): string {
  const figures = tableOf(['figure', 'measured'], ['left', 'right']);
  for (const [key, value] of Object.entries(results)) figures.push([key, shown(value)]);
  const targets = tableOf(
    ['target', 'to reach', 'measured', ''],
    ['left', 'right', 'right', 'left'],
  );
  for (const target of bench.targets) {
    const value = target.value(results);
    if (value === undefined) continue;
    const measured = `${shown(value)} ${target.unit}`.trimEnd();
    const verdict = isReached(target, results) ? 'pass' : 'miss';
    targets.push([target.what, toReach(target), measured, verdict]);
  }
  const head = `${bench.about}\nNode ${process.version}`;
  return [head, figures.toString(), targets.toString(), ...notes].join('\n');
}

export function toList(about: Readonly<Record<string, string>>): string {
  const table = tableOf(['bench', 'measures'], ['left', 'left']);
  for (const [name, text] of Object.entries(about)) table.push([name, text]);
  return table.toString();
}

/** Text beside text: for notes. */
export function toTable(head: string[], rows: readonly string[][]): string {
  const table = tableOf(
    head,
    head.map((_, index) => (index === 0 ? 'left' : 'right')),
  );
  table.push(...rows);
  return table.toString();
}

function toReach({ unit, atLeast, atMost }: Target): string {
  const bound = atLeast === undefined ? `≤ ${shown(atMost!)}` : `≥ ${shown(atLeast)}`;
  return `${bound} ${unit}`.trimEnd();
}

function shown(value: number): string {
  return rounded(value).toLocaleString('en-US', { maximumFractionDigits: 6 });
}

type Align = 'left' | 'right';

function tableOf(head: string[], colAligns: Align[]): InstanceType<typeof Table> {
  return new Table({ head, colAligns, style: { head: [], border: [] } });
}
