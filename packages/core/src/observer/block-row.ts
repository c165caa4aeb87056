/** A block as a row: its key, and who is named for it, whoever of the two threads tells of it. */
import type { SlotOwner } from '../attribution/loop-cell.js';
import { sessionOf } from '../attribution/sessionless.js';
import type { BlockRow } from '../snapshot/figures.js';
import type { SeenBlock } from './loop-watch.js';

type Facts = Pick<
  BlockRow,
  'cause' | 'startedAtMs' | 'durationMs' | 'isOngoing' | 'place' | 'stack'
>;

export function rowOf(
  isolate: string,
  switches: number,
  owner: SlotOwner | null,
  facts: Facts,
): BlockRow {
  return {
    block: keyOf({ isolate, switches }),
    isolate,
    session: owner === null ? null : sessionOf(owner.session),
    tenant: owner?.tenant ?? null,
    agent: owner?.agent ?? null,
    ...facts,
  };
}

/** What a block is known by, within its pool. */
export function keyOf({ isolate, switches }: Pick<SeenBlock, 'isolate' | 'switches'>): string {
  return `${isolate}:${switches}`;
}
