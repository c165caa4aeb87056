/**
 * How many columns a text takes, and a text cut to a number of them, as cli-table3 counts. Cleaning
 * is left to `clean-text.ts`.
 */
import Table from 'cli-table3';

/** ASCII and the marks that views draw: one column each. */
const SINGLE = /^[ -~·…≈↑→↓─-▟]*$/;

const BARE = { 'padding-left': 0, 'padding-right': 0, border: [] };

/** cli-table3 is asked only where a character may be wider or narrower than one column. */
export function textWidth(text: string): number {
  if (SINGLE.test(text)) return text.length;
  const table = new Table({ style: BARE });
  table.push([text]);
  const [border] = table.toString().split('\n');
  return border!.length - 2;
}

/** At most `width` columns of the text; what is cut ends with `dots`, where there is room for them. */
export function clipped(text: string, width: number, dots: string): string {
  if (width <= 0) return '';
  if (text.length <= width && SINGLE.test(text)) return text;
  if (textWidth(text) <= width) return text;
  const end = width > dots.length ? dots : '';
  const room = width - end.length;
  // Whole characters: half of a surrogate pair would be drawn as a replacement mark.
  let kept = Array.from(text).slice(0, room);
  while (textWidth(kept.join('')) > room) kept = kept.slice(0, -1);
  return kept.join('') + end;
}
