/**
 * JSON as a person writes it into a file: which line each key stands on, and which key stands twice,
 * of which `JSON.parse` keeps the last without a word.
 */

export interface ReadJson {
  readonly value: unknown;
  /** Line of each key, by its path (`tenants.acme`), from 1. */
  readonly lines: ReadonlyMap<string, number>;
  /** Keys that stand twice in one object. */
  readonly twice: readonly { readonly path: string; readonly line: number }[];
  /** The path of a key `__proto__`, which whoever copies the value loses without a word. */
  readonly prototype: string | undefined;
}

interface Level {
  readonly path: string;
  /** Undefined in an array. */
  readonly keys: Set<string> | undefined;
  /** The key whose value comes next; of an array, the index. */
  at: string | number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:\n]/g;

/** @throws SyntaxError */
export function readJson(text: string): ReadJson {
  const value: unknown = JSON.parse(text);
  const lines = new Map<string, number>();
  const twice: { path: string; line: number }[] = [];
  const levels: Level[] = [];
  let line = 1;
  let isKeyNext = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === '\n') line += 1;
    else if (token === '{' || token === '[') {
      const path = level === undefined ? '' : joined(level.path, level.at);
      levels.push({ path, keys: token === '{' ? new Set() : undefined, at: 0 });
      isKeyNext = token === '{';
    } else if (token === '}' || token === ']') {
      levels.pop();
      isKeyNext = false;
    } else if (token === ',') {
      if (level?.keys === undefined) level!.at = Number(level!.at) + 1;
      else isKeyNext = true;
    } else if (token !== ':' && isKeyNext) {
      isKeyNext = false;
      const key = JSON.parse(token) as string;
      const path = joined(level!.path, key);
      if (level!.keys!.has(key)) twice.push({ path, line });
      level!.keys!.add(key);
      level!.at = key;
      lines.set(path, line);
    }
  }
  const prototype = [...lines.keys()].find((key) => key.split('.').includes('__proto__'));
  return { value, lines, twice, prototype };
}

function joined(path: string, key: string | number): string {
  return path === '' ? String(key) : `${path}.${key}`;
}
