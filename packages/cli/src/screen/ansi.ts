/** The control sequences that the live screen writes. Colours are left to the views. */

/** Alternate buffer, hidden cursor, no wrapping at the right edge, an empty screen. */
export const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J';

/** The opposite of `ENTER`, in the opposite order. */
export const LEAVE = '\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l';

export const WIPE = '\u001b[2J';

/**
 * A whole frame. Each line is erased before it is written: erasing after a line that fills the width
 * would take its last character.
 */
export function frame(lines: readonly string[]): string {
  return `\u001b[H${lines.map((line) => `\u001b[K${line}`).join('\r\n')}`;
}
