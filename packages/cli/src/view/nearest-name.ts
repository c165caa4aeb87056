/** The known name that somebody may have meant. What is said of it is left to `unknown-name.ts`. */

/** Longer names than any of ours are not compared: the comparison takes time with the square. */
const LONGEST_COMPARED = 128;
/** Of more names than these only the first ones are looked at. */
const MOST_COMPARED = 10_000;
const MOST_SLIPS = 3;

/**
 * The one that is fewest slips of the hand away, at most a third of its letters; the first by the
 * alphabet of several. Undefined where none is near.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  return nearest(name, known, (other) => other);
}

/** The same among ids, of which a name may be the beginning. */
export function nearestId(name: string, known: Iterable<string>): string | undefined {
  return nearest(name, known, (id) => id.slice(0, name.length));
}

function nearest(
  name: string,
  known: Iterable<string>,
  comparedOf: (other: string) => string,
): string | undefined {
  if (name === '' || name.length > LONGEST_COMPARED) return undefined;
  let best: { readonly other: string; readonly slips: number } | undefined;
  let left = MOST_COMPARED;
  for (const other of known) {
    left -= 1;
    if (left < 0) break;
    const slips = slipsBetween(name.toLowerCase(), comparedOf(other).toLowerCase());
    const isNearer =
      best === undefined || slips < best.slips || (slips === best.slips && other < best.other);
    if (isNearer) best = { other, slips };
  }
  const most = Math.min(MOST_SLIPS, Math.max(1, Math.floor(name.length / 3)));
  return best !== undefined && best.slips <= most ? best.other : undefined;
}

/**
 * Letters to be put in, taken out, replaced, or swapped with their neighbour: the restricted
 * Damerau-Levenshtein distance (Boytsov 2011, "optimal string alignment").
 */
function slipsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MOST_SLIPS) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, beforeLast[j - 2]! + 1);
      }
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
