/** How a message's bytes are counted. */

/** A number, a boolean, a reference: what each weighs in a message. */
export const REFERENCE_BYTES = 8;

/** Text longer than this is measured instead of counted by its length. */
const MEASURED_TEXT_LENGTH = 256;

export function textBytes(text: string): number {
  return text.length <= MEASURED_TEXT_LENGTH ? text.length : Buffer.byteLength(text);
}
