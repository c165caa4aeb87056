/** The page of metrics, the dashboard and the alert rules speak of the metrics there are. */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { METRICS } from '../../src/exposition/metric-table.js';
import { tempFolder } from '../temp-folder.js';

const DOCS = fileURLToPath(new URL('../../../../../docs/', import.meta.url));
const ALERTS = path.join(DOCS, 'prometheus/alerts.yml');
/** What a scrape adds to every series. */
const OF_SCRAPE = ['instance', 'job'];

interface Sampled {
  readonly type: string;
  readonly labels: readonly string[];
}

/** Every name that a query can ask for, with its labels. */
const SAMPLED = new Map<string, Sampled>(
  Object.entries(METRICS).flatMap(([name, { type, labels }]): [string, Sampled][] => {
    if (type === 'counter') return [[`${name}_total`, { type, labels }]];
    if (type === 'info') return [[`${name}_info`, { type, labels }]];
    if (type !== 'histogram') return [[name, { type, labels }]];
    return [
      [`${name}_bucket`, { type, labels: [...labels, 'le'] }],
      [`${name}_sum`, { type, labels }],
      [`${name}_count`, { type, labels }],
    ];
  }),
);
const ALL_LABELS = new Set([...SAMPLED.values()].flatMap(({ labels }) => labels).concat(OF_SCRAPE));

/** Names and labels of a query that no pool has. */
function unknownIn(query: string): string[] {
  const unknown: string[] = [];
  for (const [, name, matchers = ''] of query.matchAll(/\b(tenantry_\w+)(?:\{([^}]*)\})?/g)) {
    const sampled = SAMPLED.get(name!);
    if (sampled === undefined) unknown.push(name!);
    for (const [, label] of matchers.matchAll(/(\w+)\s*[=!]~?\s*"/g)) {
      if (sampled?.labels.includes(label!) !== true && !OF_SCRAPE.includes(label!))
        unknown.push(`${name}{${label}}`);
    }
  }
  for (const [, list] of query.matchAll(/\b(?:by|without|on)\s*\(([^)]*)\)/g)) {
    for (const label of list!.split(',').map((each) => each.trim())) {
      if (!ALL_LABELS.has(label)) unknown.push(label);
    }
  }
  return unknown;
}

function promtool(...args: string[]): { code: number | null; said: string } {
  const { status, error, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`promtool (Debian: prometheus): ${error.message}`);
  return { code: status, said: stdout + stderr };
}

test('the check finds names and labels that no pool has', () => {
  expect(unknownIn('sum by (tenant) (tenantry_tenant_sessions{tenant="a"})')).toEqual([]);
  expect(
    unknownIn(
      'sum by (room) (tenantry_sessions_started{reason="x"}) / tenantry_sessions{tenant=~"a"}',
    ),
  ).toEqual([
    'tenantry_sessions_started',
    'tenantry_sessions_started{reason}',
    'tenantry_sessions{tenant}',
    'room',
  ]);
});

test('the page has a row for each metric, and no other', async () => {
  const page = await readFile(path.join(DOCS, 'concepts/metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(tenantry_\w+)` \| (\w+) \| (.*) \| (.*) \|$/gm)].map(
    ([, ...cells]) => cells,
  );
  const expected = Object.entries(METRICS).map(([name, { type, labels, help }]) => {
    const suffix = type === 'counter' ? '_total' : type === 'info' ? '_info' : '';
    return [name + suffix, type, labels.map((label) => `\`${label}\``).join(', '), help];
  });
  expect(rows).toEqual(expected);
});

interface Dashboard {
  readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
  readonly templating: { readonly list: readonly { readonly definition: string }[] };
}

describe('the dashboard', () => {
  const queries = async (): Promise<string[]> => {
    const text = await readFile(path.join(DOCS, 'grafana/tenantry.json'), 'utf8');
    const { panels, templating } = JSON.parse(text) as Dashboard;
    return [
      ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
      ...templating.list.map(({ definition }) => definition),
    ];
  };

  test('asks for metrics and labels that there are', async () => {
    const all = await queries();
    expect(all.length).toBeGreaterThan(30);
    expect(all.flatMap(unknownIn)).toEqual([]);
  });

  test('has queries that Prometheus can read', async () => {
    const readable = (await queries())
      .filter((query) => !query.startsWith('label_values('))
      .map((query) => query.replaceAll('$__rate_interval', '5m').replaceAll(/\$\w+/g, '.*'));
    const rules = readable.map((expr, at) => ({ record: `checked:${at}`, expr }));
    const file = path.join(tempFolder(), 'rules.yml');
    // JSON is YAML.
    await writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(promtool('check', 'rules', file)).toMatchObject({ code: 0 });
  });
});

describe('the alert rules', () => {
  test('ask for metrics and labels that there are', async () => {
    const text = await readFile(ALERTS, 'utf8');
    const rules = text.split(/^ {6}- alert: /m).slice(1);
    const queries = rules.map(
      (rule) => /^ {8}expr: ([\s\S]*?)^ {8}(?:for|labels):/m.exec(rule)![1]!,
    );
    expect(queries.length).toBeGreaterThan(10);
    expect(queries.flatMap(unknownIn)).toEqual([]);
  });

  test('are rules, and fire when they should', () => {
    expect(promtool('check', 'rules', ALERTS)).toMatchObject({ code: 0 });
    const cases = path.join(DOCS, 'prometheus/alerts.test.yml');
    expect(promtool('test', 'rules', cases)).toMatchObject({ code: 0 });
  });
});
