import { describe, expect, test } from '@jest/globals';
import { SecondsHistogram } from '../../src/exposition/histogram.js';
import { checkFamilies, type MetricFamily } from '../../src/exposition/metric-family.js';
import { metricsFormatOf } from '../../src/exposition/metrics-format.js';
import { renderFamilies } from '../../src/exposition/render.js';

const HISTOGRAM = new SecondsHistogram([0.1, 1]);
for (const durationMs of [100, 101, 5_000]) HISTOGRAM.add(durationMs);

const FAMILIES: readonly MetricFamily[] = [
  { name: 'tenantry_a', type: 'counter', help: 'Has a \\ and\na line.', samples: [{ value: 3 }] },
  { name: 'tenantry_b', type: 'info', help: 'B.', samples: [{ labels: { v: '1' }, value: 1 }] },
  {
    name: 'tenantry_c_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'C.',
    samples: [HISTOGRAM.sample({ cause: 'gc' })],
  },
  {
    name: 'tenantry_d',
    type: 'gauge',
    help: 'D.',
    samples: [
      { labels: { tenant: 'a"b\\c\nd\re' }, value: 0.5 },
      { labels: { tenant: '\u202Ex' }, value: Number.POSITIVE_INFINITY },
      { labels: { tenant: 'y' }, value: Number.NaN },
    ],
  },
  { name: 'tenantry_a', type: 'gauge', help: 'Came before.', samples: [{ value: 1 }] },
  { name: 'tenantry_e', type: 'gauge', help: 'Has no sample.', samples: [] },
];

const SAMPLES = [
  'tenantry_d{tenant="a\\"b\\\\c\\nd e"} 0.5',
  'tenantry_d{tenant="\u202Ex"} +Inf',
  'tenantry_d{tenant="y"} NaN',
];

describe('families as text', () => {
  test('of Prometheus name what is sampled', () => {
    expect(renderFamilies(FAMILIES, 'prometheus').split('\n')).toEqual([
      '# HELP tenantry_a_total Has a \\\\ and\\na line.',
      '# TYPE tenantry_a_total counter',
      'tenantry_a_total 3',
      '# HELP tenantry_b_info B.',
      '# TYPE tenantry_b_info gauge',
      'tenantry_b_info{v="1"} 1',
      '# HELP tenantry_c_seconds C.',
      '# TYPE tenantry_c_seconds histogram',
      'tenantry_c_seconds_bucket{cause="gc",le="0.1"} 1',
      'tenantry_c_seconds_bucket{cause="gc",le="1"} 2',
      'tenantry_c_seconds_bucket{cause="gc",le="+Inf"} 3',
      'tenantry_c_seconds_sum{cause="gc"} 5.201',
      'tenantry_c_seconds_count{cause="gc"} 3',
      '# HELP tenantry_d D.',
      '# TYPE tenantry_d gauge',
      ...SAMPLES,
      '',
    ]);
  });

  test('of OpenMetrics name families, state units, and have an end', () => {
    expect(renderFamilies(FAMILIES, 'openmetrics').split('\n')).toEqual([
      '# HELP tenantry_a Has a \\\\ and\\na line.',
      '# TYPE tenantry_a counter',
      'tenantry_a_total 3',
      '# HELP tenantry_b B.',
      '# TYPE tenantry_b info',
      'tenantry_b_info{v="1"} 1',
      '# HELP tenantry_c_seconds C.',
      '# TYPE tenantry_c_seconds histogram',
      '# UNIT tenantry_c_seconds seconds',
      'tenantry_c_seconds_bucket{cause="gc",le="0.1"} 1',
      'tenantry_c_seconds_bucket{cause="gc",le="1.0"} 2',
      'tenantry_c_seconds_bucket{cause="gc",le="+Inf"} 3',
      'tenantry_c_seconds_sum{cause="gc"} 5.201',
      'tenantry_c_seconds_count{cause="gc"} 3',
      '# HELP tenantry_d D.',
      '# TYPE tenantry_d gauge',
      ...SAMPLES,
      '# EOF',
      '',
    ]);
  });
});

describe('a family that a caller hands in', () => {
  const [good] = FAMILIES;

  test.each([
    [{ name: 'http_requests' }, 'name'],
    [{ name: 'tenantry_requests_total' }, 'name'],
    [{ name: 'tenantry_Requests' }, 'name'],
    [{ name: 'tenantry_a\n' }, 'name'],
    [{ unit: 'seconds' }, 'name with "seconds"'],
    [{ name: 'tenantry_a_ms', unit: 'ms' }, 'unit of tenantry_a_ms'],
    [{ help: '' }, 'help of tenantry_a'],
    [{ type: 'summary' }, 'type of tenantry_a'],
    [{ samples: [{ labels: { le: '1' }, value: 1 }] }, 'label of tenantry_a'],
    [{ samples: [{ labels: { 'a-b': '1' }, value: 1 }] }, 'label of tenantry_a'],
    [{ samples: [{ labels: { __proto: '1' }, value: 1 }] }, 'label of tenantry_a'],
  ])('is refused with %j', (wrong, told) => {
    const check = (): unknown => checkFamilies([{ ...good, ...wrong } as MetricFamily]);
    expect(check).toThrow(expect.objectContaining({ code: 'TENANTRY_OPTIONS_INVALID' }));
    expect(check).toThrow(`metric family: ${told} cannot be exported`);
  });

  test('is taken as it is where nothing is wrong', () => {
    expect(checkFamilies(FAMILIES)).toBe(FAMILIES);
  });
});

test.each([
  [undefined, 'prometheus'],
  ['*/*', 'prometheus'],
  ['text/plain', 'prometheus'],
  ['application/openmetrics-text; version=1.0.0', 'openmetrics'],
  ['application/openmetrics-text;q=0.5,text/plain;q=0.4', 'openmetrics'],
  ['application/openmetrics-text;q=0.2,text/plain;version=0.0.4;q=0.4', 'prometheus'],
  ['application/openmetrics-text;q=0', 'prometheus'],
  ['application/openmetrics-text;q=x', 'prometheus'],
])('Accept: %s asks for %s', (accept, format) => {
  expect(metricsFormatOf(accept)).toBe(format);
});
