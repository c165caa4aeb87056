/**
 * Strings of tenants, agents and machines as they may reach a terminal: one line, nothing that moves
 * the cursor, sets a title or reorders text. Every cell and every message goes through here.
 */
import { stripVTControlCharacters } from 'node:util';

/** Controls (C0, C1, DEL), format characters (bidi marks, zero-width ones), separators, half pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** Blanks other than the plain one; `\s` takes the byte order mark for a blank. */
const BLANKS = /[^\S \ufeff]+/g;

export function cleanText(text: string): string {
  return stripVTControlCharacters(text).replace(BLANKS, ' ').replace(UNPRINTABLE, '');
}

/** JSON for people and programs: the same value, with what a terminal would obey written as escapes. */
export function printableJson(value: unknown): string {
  return escapedJson(JSON.stringify(value, undefined, 2));
}

/** JSON that somebody else has written, the same way. */
export function escapedJson(json: string): string {
  return json.replace(UNPRINTABLE, (mark) => (mark === '\n' ? mark : escaped(mark)));
}

/** The same in one line. */
export function printableLine(value: unknown): string {
  return JSON.stringify(value).replace(UNPRINTABLE, escaped);
}

function escaped(mark: string): string {
  return mark
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
