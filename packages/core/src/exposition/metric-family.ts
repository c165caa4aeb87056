/**
 * What a metric is before it is text: a name with its meaning, and its samples. Callers of a pool
 * hand in families of their own in this shape; how they are written is left to `render.ts`.
 */
import { TenantryError, shown } from '../errors/errors.js';

export const METRIC_TYPES = ['counter', 'gauge', 'info', 'histogram'] as const;
export type MetricType = (typeof METRIC_TYPES)[number];

/** Base units only; a family with a unit has it at the end of its name. */
export const METRIC_UNITS = ['seconds', 'bytes', 'ratio'] as const;
export type MetricUnit = (typeof METRIC_UNITS)[number];

/** Any text; it is escaped where it is written. Every distinct set of them is one more time series. */
export type MetricLabels = Readonly<Record<string, string>>;

export interface MetricSample {
  readonly labels?: MetricLabels;
  readonly value: number;
}

export interface HistogramSample {
  readonly labels?: MetricLabels;
  /** Upper bounds in rising order, without the infinite one; counts of all up to each bound. */
  readonly buckets: readonly { readonly upTo: number; readonly count: number }[];
  readonly sum: number;
  readonly count: number;
}

interface Head {
  /** With the prefix `tenantry_`, without the `_total` of a counter and the `_info` of an info. */
  readonly name: string;
  /** One sentence. */
  readonly help: string;
  readonly unit?: MetricUnit | undefined;
}

export type MetricFamily =
  | (Head & {
      readonly type: Exclude<MetricType, 'histogram'>;
      readonly samples: readonly MetricSample[];
    })
  | (Head & { readonly type: 'histogram'; readonly samples: readonly HistogramSample[] });

const NAME = /^tenantry(?:_[a-z][a-z0-9]*)+$/;
const LABEL = /^[a-z][a-z0-9_]*$/;
/** What the formats append to names, and the label that histograms have of their own. */
const RESERVED = /_(?:total|info|bucket|count|sum|created)$/;
const OWN_LABEL = 'le';

/**
 * Families that a caller made, as they are.
 * @throws TENANTRY_OPTIONS_INVALID for a name, a unit or a label that no scraper would take
 */
export function checkFamilies(families: readonly MetricFamily[]): readonly MetricFamily[] {
  for (const family of families) {
    const { name, unit, help } = family;
    if (!NAME.test(name) || RESERVED.test(name)) throw wrong('name', name);
    if (unit !== undefined && !METRIC_UNITS.includes(unit)) throw wrong(`unit of ${name}`, unit);
    if (unit !== undefined && !name.endsWith(`_${unit}`)) throw wrong(`name with "${unit}"`, name);
    if (typeof help !== 'string' || help === '') throw wrong(`help of ${name}`, help);
    if (!METRIC_TYPES.includes(family.type)) throw wrong(`type of ${name}`, family.type);
    for (const { labels = {} } of family.samples) {
      const bad = Object.keys(labels).find((label) => !LABEL.test(label) || label === OWN_LABEL);
      if (bad !== undefined) throw wrong(`label of ${name}`, bad);
    }
  }
  return families;
}

function wrong(what: string, received: unknown): TenantryError {
  return new TenantryError(
    'TENANTRY_OPTIONS_INVALID',
    `metric family: ${what} cannot be exported, received ${shown(received)}`,
  );
}
