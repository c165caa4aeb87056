/** docs/options.md has every option, with the default that the schemas have. */
import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { FairQueueOptions } from '../../src/admission/fair-queue.js';
import { BreakerOptions, breakerSettings } from '../../src/breaker/breaker-options.js';
import { EscalationOptions } from '../../src/escalation/escalation-options.js';
import { RateLimit } from '../../src/limits/token-bucket.js';
import { LogFileOptions } from '../../src/log/log-options.js';
import { MetricsOptions } from '../../src/metrics/metrics-options.js';
import { parsePoolOptions } from '../../src/pool/pool-options.js';
import { RecordOptions } from '../../src/recorder/record-options.js';
import { TenantEscalation } from '../../src/tenant/tenant-escalation.js';
import { TenantOptions } from '../../src/tenant/tenant-options.js';

const PAGE = new URL('../../../../../docs/options.md', import.meta.url);

/** By section and option, what stands in the column of defaults. */
async function documented(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(PAGE, 'utf8');
  const rows = page.split(/^## /m).flatMap((section) => {
    const title = section.slice(0, section.indexOf('\n'));
    return [...section.matchAll(/^\| `([^`]+)` \| .*? \| ([^|]*) \| [^|]* \|$/gm)].map(
      ([, option, byDefault]) => [`${title}: ${option}`, byDefault!] as const,
    );
  });
  expect(new Set(rows.map(([option]) => option)).size).toBe(rows.length);
  return new Map(rows);
}

/** `{ a: { b: 1 } }` as `a.b`, where the page writes a group out. */
function flat(section: string, value: object, path = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, own]: [string, unknown]) =>
    typeof own === 'object' && own !== null && !Array.isArray(own)
      ? flat(section, own, `${path}${key}.`)
      : [[`${section}: ${path}${key}`, own] as [string, unknown]],
  );
}

const { messages, isolateOptions, telemetry, jobs, ...pool } = parsePoolOptions({});
const { defaults: _d, tenants: _t, escalation: _e, ...ofPool } = pool;
const DEFAULTS = [
  ...flat('Pool', { ...ofPool, maxSessionsPerAgent: 0 }),
  ...flat('Fair queue', FairQueueOptions.parse({})),
  ...flat('Circuit breaker', breakerSettings({ enableTenantCircuitBreaker: true })!),
  ...flat('Messages', messages),
  ...flat('Isolates', isolateOptions),
  ...flat('Jobs', jobs),
  ...flat('Escalation', EscalationOptions.parse({})),
  ...flat('Recording', RecordOptions.parse({})),
  ...flat('Telemetry', telemetry),
  ...flat('Metrics', MetricsOptions.parse({ jsonl: 'file' })),
  ...flat('Log file', LogFileOptions.parse({ path: 'file' })),
];

const NAMES = [
  ...Object.keys(TenantOptions.shape)
    .filter((name) => !['rateLimit', 'escalation'].includes(name))
    .map((name) => `Tenant: ${name}`),
  ...Object.keys(RateLimit.shape).map((name) => `Tenant: rateLimit.${name}`),
  ...Object.keys(TenantEscalation.shape).map((name) => `Tenant: escalation.${name}`),
  ...Object.keys(BreakerOptions.shape).map((name) => `Circuit breaker: ${name}`),
  ...DEFAULTS.map(([name]) => name),
];

test('the page of options leaves out none', async () => {
  const page = await documented();
  expect(NAMES.filter((name) => !page.has(name))).toEqual([]);
});

test('the page of options has the defaults of the schemas', async () => {
  const page = await documented();
  const isNumber = (entry: readonly [string, unknown]): boolean => typeof entry[1] === 'number';
  const said = (name: string): number =>
    Number(/^[\d,.]+/.exec(page.get(name) ?? '')?.[0].replaceAll(/,(?=\d)|,$/g, ''));
  const numbers = DEFAULTS.filter(isNumber).filter(([name]) => !name.endsWith('PerAgent'));
  expect(numbers.length).toBeGreaterThan(50);
  expect(numbers.map(([name]) => [name, said(name)])).toEqual(numbers);
});
