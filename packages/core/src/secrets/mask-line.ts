/**
 * Secrets out of one line of JSON. Most lines hold nothing that could be one: those cost one look and
 * stay as they are, to the byte.
 */
import { maskText, mayHoldSecret } from './mask-text.js';
import { maskValue } from './mask-value.js';

/** The line without secrets, still JSON where it was; its end of line stays. */
export function maskLine(line: string): string {
  if (!mayHoldSecret(line)) return line;
  try {
    const masked = JSON.stringify(maskValue(JSON.parse(line)));
    return line.endsWith('\n') ? `${masked}\n` : masked;
  } catch {
    return maskText(line);
  }
}
