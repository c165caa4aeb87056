/** Pure: where two recorded values differ, line by line. Secrets in them are not shown. */
import { MASK, maskText, maskValue, maskedLeaves, pathText } from '@tenantry/core/internal';

/** One place at which they differ; `null`: there is nothing. */
export interface Difference {
  readonly path: string;
  readonly recorded: string | null;
  readonly replayed: string | null;
}

const MOST_DIFFERENCES = 20;
const LONGEST_TEXT = 160;

type Path = readonly (string | number)[];

/**
 * The first of the places where two tagged values differ; empty where they are the same. Where a text of
 * the recording is masked, that of the replay is the same if masking it gives the same.
 */
export function differencesOf(recorded: unknown, replayed: unknown): Difference[] {
  const found: Difference[] = [];
  walk({ recorded, replayed, masked: maskedLike(recorded, replayed) }, [], found);
  return found;
}

/** A place of both values; `masked` is what a bundle would hold of the replay's. */
interface Compared {
  readonly recorded: unknown;
  readonly replayed: unknown;
  readonly masked: unknown;
}

const ABSENT = Symbol('absent');

/** Masked as a bundle masks; of the same shape. Absent where nothing of the recording is. */
function maskedLike(recorded: unknown, replayed: unknown): unknown {
  // Of nothing there is no JSON.
  if (recorded === undefined || replayed === undefined) return ABSENT;
  return JSON.stringify(recorded).includes(MASK) ? JSON.parse(maskedLeaves(replayed)) : ABSENT;
}

function walk({ recorded, replayed, masked }: Compared, path: Path, found: Difference[]): void {
  if (found.length >= MOST_DIFFERENCES || Object.is(recorded, replayed)) return;
  const isMasked = typeof recorded === 'string' && recorded.includes(MASK);
  if (isMasked && recorded === masked) return;
  const [one, other, third] = [fieldsOf(recorded), fieldsOf(replayed), fieldsOf(masked)];
  const isSameKind = Array.isArray(recorded) === Array.isArray(replayed);
  if (one === undefined || other === undefined || !isSameKind) {
    found.push({
      path: pathText(path),
      recorded: textOf(recorded, path),
      replayed: textOf(replayed, path),
    });
    return;
  }
  const at = (fields: Fields | undefined, key: string): unknown =>
    fields?.has(key) === true ? fields.get(key) : ABSENT;
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    const place = { recorded: at(one, key), replayed: at(other, key), masked: at(third, key) };
    walk(place, [...path, Array.isArray(recorded) ? Number(key) : key], found);
  }
}

type Fields = ReadonlyMap<string, unknown>;

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

/** Masked by what it looks like, and by every name it stands under. */
function textOf(value: unknown, path: Path): string | null {
  if (value === ABSENT) return null;
  const whole = path.reduceRight<unknown>((held, key) => ({ [key]: held }), value);
  const masked = path.reduce<unknown>(
    (held, key) => (fieldsOf(held) === undefined ? held : (held as Record<string, unknown>)[key]),
    maskValue(whole),
  );
  return valueText(masked);
}

/** A value on one line, cut. */
export function valueText(value: unknown): string {
  const text = maskText(JSON.stringify(value) ?? 'undefined');
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}
