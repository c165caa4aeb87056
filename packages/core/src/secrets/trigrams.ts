/**
 * Which three characters something begins with, so that a text is looked through in one pass that costs
 * a table's look-up a character. Five bits of each character count: upper and lower case are the same.
 */
const SIZE = 32_768;

export class Trigrams {
  readonly #marks = new Uint8Array(SIZE);

  /** @param begin - at least three characters */
  mark(begin: string): void {
    let code = 0;
    for (let index = 0; index < 3; index += 1) code = next(code, begin.charCodeAt(index));
    this.#marks[code] = 1;
  }

  clear(): void {
    this.#marks.fill(0);
  }

  /** Where the next marked three characters begin, at `from` or after it; -1: nowhere. */
  find(text: string, from: number): number {
    const marks = this.#marks;
    const { length } = text;
    let code = 0;
    for (let index = from; index < length; index += 1) {
      code = next(code, text.charCodeAt(index));
      if (marks[code] === 1 && index - from >= 2) return index - 2;
    }
    return -1;
  }
}

function next(code: number, unit: number): number {
  return ((code << 5) | (unit & 31)) & (SIZE - 1);
}
