/** A block as one line of the log, in OpenRTC's form, with the line where it is known. */
import type { BlockRow, CodePlace } from '../snapshot/figures.js';

function placeText(place: CodePlace | null): string {
  return place === null
    ? 'line: unknown (native)'
    : `${place.function} (${place.file}:${place.line})`;
}

/** Said once while it lasts (`… for 52ms so far at …`) and once with its final length. */
export function blockText(block: BlockRow): string {
  const length = `${Math.round(block.durationMs)}ms${block.isOngoing ? ' so far' : ''}`;
  if (block.cause === 'gc') {
    return `[slow-loop] garbage collection blocked event loop for ${length}`;
  }
  const at = block.place === null ? placeText(null) : `at ${placeText(block.place)}`;
  if (block.cause === 'host') {
    return `[slow-loop] code of no session blocked event loop for ${length} ${at}`;
  }
  const who =
    block.session === null
      ? `[slow-schema] agent=${block.agent}`
      : `[slow-session] session_id=${block.session}`;
  return `${who} tenant=${block.tenant} blocked event loop for ${length} ${at}`;
}
