/** Numbers as people read them, each with its unit. Pure; alignment is left to the tables. */

/** What stands where there is no figure. */
export const NOTHING = '-';

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
/** From here on a value is written in the next unit, so that rounding never shows "1024". */
const NEXT_BYTE_UNIT = 1023.5;

export function formatBytes(bytes: number | null): string {
  if (bytes === null) return NOTHING;
  let value = bytes;
  let unit = 0;
  while (value >= NEXT_BYTE_UNIT && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

/** The two largest units of a duration: `850 ms`, `12.3 s`, `4 m 05 s`, `3 h 12 m`, `2 d 04 h`. */
export function formatMs(ms: number | null): string {
  if (ms === null) return NOTHING;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 3_599.5) return pair(Math.round(seconds), 60, 'm', 's');
  if (seconds < 86_370) return pair(Math.round(seconds / 60), 60, 'h', 'm');
  return pair(Math.round(seconds / 3_600), 24, 'd', 'h');
}

function pair(small: number, ratio: number, bigUnit: string, smallUnit: string): string {
  const rest = String(small % ratio).padStart(2, '0');
  return `${Math.floor(small / ratio)} ${bigUnit} ${rest} ${smallUnit}`;
}

/** A count, with its digits in groups of three. */
export function formatCount(count: number | null): string {
  if (count === null) return NOTHING;
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** A share of 0 to 1 in percent. */
export function formatRatio(ratio: number | null): string {
  return ratio === null ? NOTHING : `${Math.round(ratio * 100)} %`;
}

/** Counts by reason, the largest first. */
export function formatReasons(counts: Readonly<Record<string, number>>): string {
  const reasons = Object.entries(counts).filter(([, count]) => count > 0);
  if (reasons.length === 0) return NOTHING;
  return reasons
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${formatCount(count)}`)
    .join(', ');
}

/** Bytes where a column is narrow: `20.0M`; K, M and G are KiB, MiB and GiB. */
export function shortBytes(bytes: number | null): string {
  return formatBytes(bytes).replace(/ (?:(.)iB|B)$/, (_, unit: string | undefined) => unit ?? 'B');
}

/** A duration where a column is narrow: `320ms`, `4m05s`. */
export function shortMs(ms: number | null): string {
  return formatMs(ms).replaceAll(' ', '');
}

/** A share of one core in percent, without the sign: `3.4`, `45`, `180`. */
export function shortPercent(ratio: number | null): string {
  if (ratio === null) return NOTHING;
  const percent = ratio * 100;
  return percent > 0 && percent < 9.95 ? percent.toFixed(1) : String(Math.round(percent));
}
