/** Pure: where two recorded values differ, line by line. Secrets in them are not shown. */
import { maskText, maskValue, shown } from '@tenantry/core/internal';

/** One place at which they differ; `null`: there is nothing. */
export interface Difference {
  readonly path: string;
  readonly recorded: string | null;
  readonly replayed: string | null;
}

const MOST_DIFFERENCES = 20;
const LONGEST_TEXT = 160;

type Path = readonly (string | number)[];

/** The first of the places where two tagged values differ; empty where they are the same. */
export function differencesOf(recorded: unknown, replayed: unknown): Difference[] {
  const found: Difference[] = [];
  walk(recorded, replayed, [], found);
  return found;
}

const ABSENT = Symbol('absent');

function walk(recorded: unknown, replayed: unknown, path: Path, found: Difference[]): void {
  if (found.length >= MOST_DIFFERENCES || Object.is(recorded, replayed)) return;
  const [one, other] = [fieldsOf(recorded), fieldsOf(replayed)];
  const isSameKind = Array.isArray(recorded) === Array.isArray(replayed);
  if (one === undefined || other === undefined || !isSameKind) {
    found.push({
      path: pathText(path),
      recorded: textOf(recorded, path),
      replayed: textOf(replayed, path),
    });
    return;
  }
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    const at = Array.isArray(recorded) ? Number(key) : key;
    const [before, after] = [one, other].map((fields) =>
      fields.has(key) ? fields.get(key) : ABSENT,
    );
    walk(before, after, [...path, at], found);
  }
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : undefined;
}

/** As it is told apart from its neighbours: `message.items[2].price`; of a tag, the value in it. */
function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === 'number'
        ? `${text}[${key}]`
        : /^[A-Za-z_$][\w$]{0,40}$/.test(key)
          ? `${text}.${key}`
          : `${text}[${shown(key)}]`,
    'message',
  );
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
