/**
 * Secrets the runtime knows by value: they are found wherever they turn up, whatever they look like.
 * Kept as they are, for only that finds them inside a longer text; nothing here gives them out again.
 */
import { MASK } from './mask.js';
import { isSecretName } from './secret-names.js';
import { Trigrams } from './trigrams.js';

/** Shorter ones would be found in words that have nothing to do with them. */
const SHORTEST_CHARS = 8;
const LONGEST_CHARS = 8_192;
/** Beyond it the half that was registered first is forgotten. */
const MOST_KNOWN = 20_000;
const DEEPEST = 8;

/** In the order in which they came. */
const known = new Set<string>();
/**
 * How long those are that begin with the same eight characters, the longest first: of two that begin
 * alike, nothing of the longer one may stay.
 */
const lengthsByBegin = new Map<string, number[]>();
const begins = new Trigrams();

/** Has this value masked from now on, also where JSON or a URL has escaped it. Too short: ignored. */
export function registerSecret(value: string): void {
  const secret = value.trim();
  if (secret.length < SHORTEST_CHARS || secret.length > LONGEST_CHARS) return;
  remember(secret);
  const escaped = JSON.stringify(secret).slice(1, -1);
  if (escaped !== secret) remember(escaped);
  const encoded = uriEncoded(secret);
  if (encoded !== secret) remember(encoded);
}

/** Registers every text that stands under a secret's name in plain data, at any depth down to eight. */
export function registerSecretsOf(data: unknown, isSecret = false, depth = 0): void {
  if (typeof data === 'string') {
    if (isSecret) registerSecret(data);
    return;
  }
  if (typeof data !== 'object' || data === null || depth > DEEPEST) return;
  for (const [name, value] of Object.entries(data)) {
    registerSecretsOf(value, isSecret || isSecretName(name), depth + 1);
  }
}

export function holdsKnown(text: string): boolean {
  return known.size > 0 && text.length >= SHORTEST_CHARS && nextKnown(text, 0) !== undefined;
}

export function maskKnown(text: string): string {
  if (known.size === 0) return text;
  let masked = '';
  let from = 0;
  for (let found = nextKnown(text, 0); found !== undefined; found = nextKnown(text, from)) {
    masked += text.slice(from, found.at) + MASK;
    from = found.at + found.length;
  }
  return from === 0 ? text : masked + text.slice(from);
}

function nextKnown(text: string, from: number): { at: number; length: number } | undefined {
  for (let at = begins.find(text, from); at !== -1; at = begins.find(text, at + 1)) {
    const length = lengthsByBegin
      .get(text.slice(at, at + SHORTEST_CHARS))
      ?.find((chars) => known.has(text.slice(at, at + chars)));
    if (length !== undefined) return { at, length };
  }
  return undefined;
}

function remember(secret: string): void {
  if (known.has(secret)) return;
  if (known.size >= MOST_KNOWN) forgetHalf();
  known.add(secret);
  begins.mark(secret);
  const begin = secret.slice(0, SHORTEST_CHARS);
  const lengths = lengthsByBegin.get(begin);
  if (lengths === undefined) lengthsByBegin.set(begin, [secret.length]);
  else if (!lengths.includes(secret.length)) {
    lengths.push(secret.length);
    lengths.sort((one, other) => other - one);
  }
}

function forgetHalf(): void {
  const kept = [...known].slice(MOST_KNOWN / 2);
  known.clear();
  lengthsByBegin.clear();
  begins.clear();
  for (const secret of kept) remember(secret);
}

function uriEncoded(secret: string): string {
  try {
    return encodeURIComponent(secret);
  } catch {
    // Half of a surrogate pair has no such form.
    return secret;
  }
}
