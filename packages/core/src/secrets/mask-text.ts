/** Secrets out of a text: those known by value, and what looks like one. */
import { holdsKnown, maskKnown } from './known-secrets.js';
import { isSuspect, maskPatterns } from './secret-patterns.js';

/**
 * The text with its secrets replaced by `[masked]`: values told to `registerSecret`, keys and tokens
 * by their look, passwords in URLs, and values behind a secret's name (`password=…`, `"apiKey": "…"`).
 * Takes time linear in the text and never throws.
 */
export function maskText(text: string): string {
  const known = maskKnown(text);
  return isSuspect(known) ? maskPatterns(known) : known;
}

/** Whether `maskText` or `maskValue` could find anything in it; says yes to some that hold nothing. */
export function mayHoldSecret(text: string): boolean {
  return isSuspect(text) || holdsKnown(text);
}
