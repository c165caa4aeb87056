/**
 * What must not be missed, most urgent first: a pool that does not answer, tenants that fail together,
 * who holds a loop right now, whose breaker is open, figures that are not of the present. The usual figures are left to the header.
 */
import type { BlockRow } from '@tenantry/core/snapshot';
import type { Cell } from '../view/column.js';
import { formatMs } from '../view/format.js';
import { agoMs, blameText } from '../view/place-text.js';
import { jobAlerts } from '../view/job-lines.js';
import type { Terminal } from '../view/terminal.js';
import { wrapped } from '../view/wrapped.js';
import { poolAlerts, tenantAlerts } from './confinement-alerts.js';
import type { TopState } from './screen-state.js';

/** A block is still told of for this long after it. */
const RECENT_BLOCK_MS = 10_000;
/** A low terminal shows the most urgent line only. */
const ROOMY_ROWS = 20;
const MOST_LINES = 4;

export function alertLines({ snapshot, link, terminal, rows }: TopState): string[] {
  const alerts = [
    ...linkAlert(link),
    ...poolAlerts(snapshot),
    ...blockAlerts(snapshot.blocks, snapshot.takenAtMs, terminal),
    ...tenantAlerts(snapshot),
    ...jobAlerts(snapshot.jobs),
    ...observerAlert(snapshot.observer),
  ];
  const lines = alerts.flatMap(({ text, tone }) => wrapped(text, terminal, tone));
  return lines.slice(0, rows >= ROOMY_ROWS ? MOST_LINES : 1);
}

function linkAlert(link: TopState['link']): Cell[] {
  if (link.state === 'answering') return [];
  const forText = `${Math.floor(link.forMs / 1_000)} s`;
  if (link.state === 'late') return [{ text: `no answer for ${forText}, waiting`, tone: 'warn' }];
  const said =
    link.state === 'gone'
      ? `pool gone since ${forText}, reconnecting`
      : `no figures for ${forText}, asking again`;
  return [{ text: `${said}: ${link.why}`, tone: 'bad' }];
}

function blockAlerts(blocks: readonly BlockRow[], takenAtMs: number, terminal: Terminal): Cell[] {
  const ongoing = blocks.filter(({ isOngoing }) => isOngoing);
  if (ongoing.length > 0) {
    return ongoing
      .sort((a, b) => b.durationMs - a.durationMs)
      .map((block) => ({ text: `BLOCKED ${lengthAndBlame(block, terminal)}`, tone: 'bad' }));
  }
  const latest = blocks.find((block) => agoMs(block, takenAtMs) <= RECENT_BLOCK_MS);
  if (latest === undefined) return [];
  const ago = formatMs(agoMs(latest, takenAtMs));
  return [{ text: `last block ${ago} ago: ${lengthAndBlame(latest, terminal)}`, tone: 'warn' }];
}

const lengthAndBlame = (block: BlockRow, terminal: Terminal): string =>
  `${block.isolate} ${formatMs(block.durationMs)}: ${blameText(block, terminal)}`;

function observerAlert({ state, heldForMs }: TopState['snapshot']['observer']): Cell[] {
  if (state === 'off') {
    return [{ text: 'introspection is off: no CPU of sessions, no blocks', tone: 'warn' }];
  }
  if (state === 'lost') {
    return [{ text: 'the observer is lost and restarts: blocks are not seen', tone: 'bad' }];
  }
  if (heldForMs === 0) return [];
  return [
    {
      text: `figures held for ${formatMs(heldForMs)}: the main loop makes no new ones`,
      tone: 'warn',
    },
  ];
}
