/** Blocks as tests need them, seen from outside and as rows. */
import type { EndedTurn } from '../../src/attribution/turn-clock.js';
import type { SeenBlock } from '../../src/observer/loop-watch.js';
import type { BlockRow } from '../../src/snapshot/figures.js';

export const OWNER = { session: 's-1', tenant: 'acme', agent: 'support' };
export const OTHER = { session: 's-2', tenant: 'globex', agent: 'voice' };
export const PLACE = { function: 'chargeCard', file: 'agents/billing.js', line: 42 };

export const blockRow = (fields: Partial<BlockRow> = {}): BlockRow => ({
  block: 'main:7',
  isolate: 'main',
  cause: 'session',
  ...OWNER,
  startedAtMs: 1_000,
  durationMs: 60,
  isOngoing: true,
  place: PLACE,
  stack: [PLACE],
  ...fields,
});

export const seenBlock = (fields: Partial<SeenBlock> = {}): SeenBlock => ({
  isolate: 'main',
  switches: 7,
  owner: OWNER,
  place: PLACE,
  stack: [PLACE],
  startedAtMs: 1_000,
  durationMs: 60,
  ...fields,
});

export const endedTurn = (fields: Partial<EndedTurn> = {}): EndedTurn => ({
  switches: 7,
  cause: 'session',
  owner: OWNER,
  startedAtMs: 1_000,
  durationMs: 320,
  ...fields,
});
