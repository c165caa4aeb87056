/** Blocks in words: where the loop was held, by whom, for how long. Tables of them are left to others. */
import type { BlockRow, CodePlace } from '@tenantry/core/snapshot';
import { formatMs } from './format.js';
import { dotsOf, type Terminal } from './terminal.js';

const SHORT_ID = 8;

/** `chargeCard (agents/billing.js:42)`. */
export const placeText = ({ function: name, file, line }: CodePlace): string =>
  `${name === '' ? '(anonymous)' : name} (${file}:${line})`;

/** ` at chargeCard (agents/billing.js:42)`; no line is known of a call into native code, none is of a GC. */
function atPlace({ cause, place }: BlockRow): string {
  if (place !== null) return ` at ${placeText(place)}`;
  return cause === 'gc' ? '' : ', line: unknown (native)';
}

/** The line first, for lists in which the owner is known or comes after it. */
export function whereText({ cause, place }: BlockRow): string {
  const at = place === null ? 'unknown (native)' : placeText(place);
  if (cause === 'session') return at;
  if (cause === 'host') return `host code at ${at}`;
  return place === null ? 'garbage collection' : `garbage collection at ${at}`;
}

/** Whose code it was: `tenant acme session 3f2a91c0… at …`, `host code at …`, `garbage collection`. */
export function blameText(block: BlockRow, terminal: Terminal): string {
  return `${ownerText(block, terminal)}${atPlace(block)}`;
}

function ownerText({ cause, tenant, session }: BlockRow, terminal: Terminal): string {
  const names = [
    ...(tenant === null ? [] : [`tenant ${tenant}`]),
    ...(session === null ? [] : [`session ${shortId(session, terminal)}`]),
  ].join(' ');
  if (cause === 'host') return 'host code';
  if (cause === 'session') return names === '' ? 'an unknown session' : names;
  return names === '' ? 'garbage collection' : `garbage collection (${names})`;
}

export function shortId(id: string, terminal: Terminal): string {
  return id.length <= SHORT_ID ? id : `${id.slice(0, SHORT_ID)}${dotsOf(terminal)}`;
}

/** How long after a block's end the snapshot was taken. */
export const agoMs = ({ startedAtMs, durationMs }: BlockRow, takenAtMs: number): number =>
  Math.max(0, takenAtMs - startedAtMs - durationMs);

/** `now` while it lasts, else `2.1 s ago`. */
export function whenText(block: BlockRow, takenAtMs: number): string {
  return block.isOngoing ? 'now' : `${formatMs(agoMs(block, takenAtMs))} ago`;
}
